#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "exchange/importing.hpp"
#include "exchange/node_fixture.hpp"
#include "exchange/recording.hpp"
#include "exchange/release_fixture.hpp"
#include "exchange/taxii_book.hpp"
#include "exchange/taxii_service.hpp"
#include "intel/warninglist.hpp"
#include "record/jws.hpp"
#include "state/watched.hpp"

// A node with a writable collection "indicators" and callers: alice reads up to GREEN, bob up to AMBER,
// mallory has no entry in the policy, writer reads and writes.

namespace parley::exchange {
inline constexpr std::string_view taxii_rules = R"(
version = 1
[off_limits]
labels = ["classified"]
[strip]
"*" = ["x_internal"]
[[taxii]]
caller = "alice"
tlp = "green"
[[taxii]]
caller = "bob"
tlp = "amber"
[[taxii]]
caller = "writer"
tlp = "amber"
)";

inline const std::string amber_ref = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421";
inline const std::string clear_ref = "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487";

inline std::string versioned(const std::string& type, unsigned number, const std::string& modified,
                             const std::string& marking = green_ref, const std::string& more = "") {
  return R"({"type":")" + type + R"(","spec_version":"2.1","id":")" + stix_id(type, number) +
         R"(","created":"2025-01-01T00:00:00.000Z","modified":")" + modified +
         R"(","object_marking_refs":[")" + marking + R"("])" + (more.empty() ? "" : "," + more) + "}";
}

class Taxii : public testing::Test {
 protected:
  using Json = encoding::Json;
  using Answer = taxii::Answer;
  using Method = taxii::Method;

  Taxii() : node("CERT Alpha", taxii_rules) {
    EXPECT_FALSE(node.policy.is_closed()) << node.policy.closed_because();
    auto watching = std::make_unique<state::WatchedStore>(std::move(node.store));
    watched = watching.get();
    node.store = std::move(watching);
    node.reopen();
    TaxiiCollection collection;
    collection.title = "Indicators";
    collection.alias = "indicators";
    collection.writable = true;
    made = add_collection(*node.node, collection).value();
    for (const char* name : {"alice", "bob", "mallory"}) allow(name, "indicators");
    allow("writer", "indicators:rw");
    restart();
  }
  void allow(const std::string& name, const std::string& right) {
    CallerRequest request;
    request.name = name;
    request.with_token = true;
    request.collections = {right};
    ASSERT_TRUE(add_caller(*node.node, request));
  }
  void restart(TaxiiSettings settings = {}) {
    service.reset();
    service = std::make_unique<TaxiiService>(*node.node, lists, settings, watched);
  }
  std::string path(const std::string& more = "objects/") const {
    return "/taxii2/intel/collections/" + made.id + "/" + more;
  }
  Answer get(const std::string& where, const std::string& query = "", const std::string& caller = "alice") {
    taxii::Request request;
    request.path = where;
    request.query = query;
    request.caller = caller;
    return service->answer(request);
  }
  Answer post(const std::string& body, const std::string& caller = "writer", const std::string& where = "") {
    taxii::Request request;
    request.method = Method::post;
    const std::string full = where.empty() ? path() : where;
    request.path = full;
    request.caller = caller;
    request.body = as_bytes(body);
    return service->answer(request);
  }
  Answer erase(const std::string& where, const std::string& query = "",
               const std::string& caller = "writer") {
    taxii::Request request;
    request.method = Method::erase;
    request.path = where;
    request.query = query;
    request.caller = caller;
    return service->answer(request);
  }
  static std::string envelope(const std::vector<std::string>& objects) {
    std::string out = R"({"objects":[)";
    for (std::size_t i = 0; i < objects.size(); ++i) out += (i == 0 ? "" : ",") + objects[i];
    return out + "]}";
  }
  void import(const std::vector<std::string>& objects, ImportOptions options = {},
              const std::string& source = "feed") {
    options.format = intel::InputFormat::stix;
    Import import(*node.node, options, lists, {});
    ASSERT_TRUE(import.begin_file(source, source));
    ASSERT_TRUE(import.feed(as_bytes(envelope(objects))));
    ASSERT_TRUE(import.end_file());
    const auto report = import.finish();
    ASSERT_TRUE(report) << report.error().text();
    EXPECT_EQ(report->rejected, 0U) << encoding::write_json(report->to_json());
  }
  FillReport fill(CollectionRule rule = {.all = true}) {
    auto fill = CollectionFill::begin(*node.node, "indicators", std::move(rule)).value();
    for (;;)
      if (const auto done = fill.step().value()) return *done;
  }
  static Json json(const Answer& answer) { return encoding::parse_json(*answer.body).value(); }
  static std::vector<std::string> ids(const Answer& answer) {
    std::vector<std::string> out;
    EXPECT_EQ(answer.status, 200) << *answer.body;
    const Json body = json(answer);
    if (const Json* objects = body.find("objects"))
      for (const Json& one : *objects->if_array()) out.push_back(one.string_member("id").value());
    return out;
  }
  /// The payload of a statement in the ledger.
  Json statement_at(std::uint64_t index, std::string_view kind) const {
    const Recorded recorded = recorded_at(*node.node, index).value();
    EXPECT_EQ(recorded.kind, kind);
    return encoding::parse_json(record::peek_statement(recorded.jws).value().payload).value();
  }
  static std::string error_status(const Answer& answer) {
    return json(answer).string_member("http_status").value_or("none");
  }

  MemoryNode node;
  state::WatchedStore* watched = nullptr;
  intel::WarninglistSet lists;
  TaxiiCollection made;
  std::unique_ptr<TaxiiService> service;
};

}  // namespace parley::exchange
