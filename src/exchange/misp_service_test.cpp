#include "exchange/misp_service.hpp"

#include <gmock/gmock.h>

#include "exchange/misp_sightings.hpp"
#include "exchange/misp_view.hpp"
#include "exchange/taxii_fixture.hpp"
#include "misp/event.hpp"

namespace parley::exchange {
namespace {

using Verb = misp_sync::Method;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using MispAnswer = misp_sync::Answer;

constexpr std::string_view uuid_a = "5cc9fec5-57dc-4c5a-9d5b-48d9950d210f";
constexpr std::string_view uuid_b = "6aa9fec5-57dc-4c5a-9d5b-48d9950d2100";

std::string attribute(unsigned number, const std::string& type, const std::string& value,
                      const std::string& more = "") {
  return R"({"uuid":"00000000-0000-4000-8000-)" + std::to_string(100'000'000'000 + number) + R"(","type":")" +
         type + R"(","category":"Network activity","value":")" + value +
         R"(","to_ids":true,"timestamp":"1700000000","distribution":"5")" + (more.empty() ? "" : "," + more) +
         "}";
}

struct EventParts {
  std::string uuid{uuid_a};
  std::string tags = R"({"name":"tlp:green"})";
  std::string distribution = "3";
  std::string timestamp = "1700000000";
  std::string attributes = attribute(1, "domain", "open.example.org");
  std::string more{};
};

std::string event(const EventParts& parts) {
  return R"({"Event":{"uuid":")" + parts.uuid +
         R"(","info":"Wave","date":"2023-11-14","published":true,"timestamp":")" + parts.timestamp +
         R"(","distribution":")" + parts.distribution + R"(","Orgc":{"uuid":")" + std::string(uuid_b) +
         R"(","name":"CERT Far"},"Tag":[)" + parts.tags + R"(],"Attribute":[)" + parts.attributes + "]" +
         parts.more + "}}";
}

class MispNode : public Taxii {
 protected:
  MispNode() {
    for (const char* name : {"alice", "bob"}) right(name, "r");
    right("writer", "rw");
    right("mallory", "r");
    misp = std::make_unique<MispService>(*node.node, lists);
  }
  void right(const std::string& name, const std::string& what, const std::string& organisation = "") {
    CallerRequest request;
    request.name = name;
    request.with_token = true;
    request.misp = what;
    request.organisation = organisation;
    const auto added = add_caller(*node.node, request);
    ASSERT_TRUE(added);
    EXPECT_EQ(added->second.token.size(), 40U);
  }
  void import_event(const std::string& text, std::optional<intel::TlpLevel> tlp = {}) {
    ImportOptions options;
    options.format = intel::InputFormat::misp;
    options.tlp = tlp;
    Import import(*node.node, options, lists, {});
    ASSERT_TRUE(import.begin_file("file", "file"));
    ASSERT_TRUE(import.feed(as_bytes(text)));
    ASSERT_TRUE(import.end_file());
    ASSERT_TRUE(import.finish());
  }
  MispAnswer ask(Verb method, const std::string& path, const std::string& body = "",
                 const std::string& caller = "alice", const std::string& etag = "") {
    misp_sync::Request request;
    request.method = method;
    request.path = path;
    request.caller = caller;
    request.if_none_match = etag;
    const auto work = misp->begin(request, body);
    for (int i = 0; i < 10'000; ++i) {
      auto done = work->step();
      EXPECT_TRUE(done) << done.error().text();
      if (!done) return {};
      if (*done) return **done;
    }
    ADD_FAILURE() << "it never answers";
    return {};
  }
  MispAnswer view(const std::string& caller = "alice", std::string_view uuid = uuid_a) {
    return ask(Verb::get, "/events/view/" + std::string(uuid), "", caller);
  }
  static std::string text(const MispAnswer& answer) { return answer.body ? *answer.body : ""; }

  std::unique_ptr<MispService> misp;
};

TEST_F(MispNode, an_event_leaves_for_whom_its_marking_lets_it) {
  import_event(event({.tags = R"({"name":"tlp:amber"})"}));
  EXPECT_EQ(view("alice").status, 404);
  EXPECT_EQ(view("bob").status, 200);
  EXPECT_EQ(view("mallory").status, 404) << "no entry in the policy";
  EXPECT_EQ(view("nobody").status, 403);
}

TEST_F(MispNode, distribution_keeps_an_event_whatever_its_marking) {
  for (const char* number : {"0", "4"}) {
    import_event(event({.distribution = number, .timestamp = std::string("170000000") + number}));
    EXPECT_EQ(view().status, 404) << number;
  }
  import_event(event({.distribution = "1", .timestamp = "1700000009"}));
  EXPECT_EQ(view().status, 200);
  EXPECT_EQ(text(ask(Verb::get, "/misp/manifest.json")), "{}") << "a feed is for everybody";
}

TEST_F(MispNode, a_sharing_group_is_for_its_members) {
  const std::string group =
      std::string(
          R"(,"sharing_group_id":"7","SharingGroup":{"id":"7","uuid":"00000000-0000-4000-8000-000000000077","name":"g",)") +
      R"("SharingGroupOrg":[{"Organisation":{"uuid":")" + std::string(uuid_b) + R"(","name":"x"}}]})";
  import_event(event({.distribution = "4", .more = group}));
  EXPECT_EQ(view("alice").status, 404);
  right("alice", "r", std::string(uuid_b));
  EXPECT_EQ(view("alice").status, 200);
}

TEST_F(MispNode, an_attribute_that_may_not_leave_stays_and_is_not_counted) {
  import_event(
      event({.attributes = attribute(1, "domain", "open.example.org") + "," +
                           attribute(2, "domain", "closed.example.org", R"("Tag":[{"name":"tlp:red"}])")}));
  const std::string got = text(view());
  EXPECT_THAT(got, HasSubstr("open.example.org"));
  EXPECT_THAT(got, Not(HasSubstr("closed.example.org")));
  EXPECT_THAT(got, HasSubstr(R"("attribute_count":"1")"));
  // Nor does a search tell that it is there.
  const std::string found = text(ask(Verb::post, "/events/restSearch", R"({"value":"closed.example.org"})"));
  EXPECT_EQ(found, R"({"response":[]})");
}

TEST_F(MispNode, an_event_without_marking_stays_unless_the_import_gave_one) {
  import_event(event({.tags = ""}));
  EXPECT_EQ(view("bob").status, 404);
  import_event(event({.uuid = std::string(uuid_b),
                      .tags = "",
                      .attributes = attribute(9, "domain", "given.example.org")}),
               intel::TlpLevel::green);
  const MispAnswer got = view("alice", uuid_b);
  ASSERT_EQ(got.status, 200);
  EXPECT_THAT(text(got), HasSubstr("tlp:green")) << "it says so when it leaves";
}

TEST_F(MispNode, labels_off_limits_and_private_members_stay) {
  import_event(event({.tags = R"({"name":"tlp:green"},{"name":"classified"})"}));
  EXPECT_EQ(view("bob").status, 404);
  import_event(event(
      {.uuid = std::string(uuid_b),
       .attributes = attribute(
           3, "domain", "b.example.org",
           R"("x_internal":"secret","Sighting":[{"uuid":"1","source":"sensor","Organisation":{"name":"CERT Echo"}}])"),
       .more = R"(,"event_creator_email":"who@example.org","RelatedEvent":[{"Event":{"uuid":"x"}}])"}));
  const std::string got = text(view("bob", uuid_b));
  EXPECT_THAT(got, HasSubstr("b.example.org"));
  for (const char* secret : {"secret", "who@example.org", "RelatedEvent", "CERT Echo", "sensor"})
    EXPECT_THAT(got, Not(HasSubstr(secret))) << secret;
}

TEST_F(MispNode, what_was_pushed_stands_beside_what_we_say) {
  import_event(event({.tags = R"({"name":"tlp:red"})"}));
  const std::string theirs =
      event({.timestamp = "1700000500", .attributes = attribute(1, "domain", "theirs.example.org")});
  EXPECT_EQ(ask(Verb::post, "/events/add", theirs, "alice").status, 403) << "a reader";
  EXPECT_EQ(ask(Verb::post, "/events/add", theirs, "writer").status, 200)
      << "that it is here is nobody's business";
  const auto reader = node.store->snapshot().value();
  const auto held = reader->misp_events().find(uuid_a).value();
  ASSERT_TRUE(held);
  EXPECT_FALSE(held->entry.received);
  EXPECT_THAT(held->content, HasSubstr("open.example.org"));
}

TEST_F(MispNode, a_push_is_taken_when_it_is_newer_and_whole) {
  const EventParts parts;
  EXPECT_EQ(ask(Verb::post, "/events/add", event(parts), "writer").status, 200);
  const MispAnswer again = ask(Verb::post, "/events/add", event(parts), "writer");
  EXPECT_EQ(again.status, 404);
  EXPECT_THAT(again.location, HasSubstr("/events/"));
  const std::string edit = "/events/edit/" + std::string(uuid_a);
  EXPECT_EQ(ask(Verb::post, edit, event(parts), "writer").status, 403) << "not newer";
  EXPECT_EQ(ask(Verb::post, edit, event({.timestamp = "1700000900"}), "writer").status, 200);
  EXPECT_EQ(ask(Verb::post, edit, event({.uuid = std::string(uuid_b)}), "writer").status, 403)
      << "another event";
  const std::string twice = attribute(5, "domain", "half.example.org");
  EXPECT_EQ(ask(Verb::post, "/events/add",
                event({.uuid = std::string(uuid_b), .attributes = twice + "," + twice}), "writer")
                .status,
            403);
  const auto reader = node.store->snapshot().value();
  EXPECT_FALSE(reader->misp_events().find(uuid_b).value());
  EXPECT_TRUE(reader->find_holdings({intel::SelectorType::domain_name, "half.example.org"}).value().empty());
  const std::string ask_for = R"([{"Event":{"uuid":")" + std::string(uuid_a) +
                              R"(","timestamp":"1700000900"}},{"Event":{"uuid":")" + std::string(uuid_b) +
                              R"(","timestamp":"5"}}])";
  EXPECT_EQ(text(ask(Verb::post, "/events/filterEventIdsForPush", ask_for, "writer")),
            "[\"" + std::string(uuid_b) + "\"]");
}

TEST_F(MispNode, validators_hold_while_nothing_changes_and_readings_are_recorded) {
  import_event(event({}));
  const MispAnswer first = ask(Verb::post, "/events/index", R"({"minimal":1})");
  ASSERT_EQ(first.status, 200);
  EXPECT_EQ(ask(Verb::post, "/events/index", R"({"minimal":1})", "alice", first.etag).status, 304);
  import_event(event({.timestamp = "1700000900"}));
  EXPECT_EQ(ask(Verb::post, "/events/index", R"({"minimal":1})", "alice", first.etag).status, 200);
  const std::uint64_t before = node.ledger->size().value();
  ASSERT_TRUE(misp->close());
  EXPECT_EQ(node.ledger->size().value(), before + 1);
  const Json payload = statement_at(before, "parley/served/1");
  EXPECT_EQ(payload.string_member("collection").value(), "misp");
  EXPECT_EQ(payload.uint_member("requests").value(), 2U);
}

TEST_F(MispNode, sightings_are_told_once_and_without_who_told_them) {
  import_event(event({}));
  const std::string body =
      R"([{"uuid":"00000000-0000-4000-8000-000000000001","attribute_uuid":"00000000-0000-4000-8000-100000000001",)"
      R"("type":"0","date_sighting":"1700000100","source":"sensor"}])";
  const std::string path = "/sightings/bulkSaveSightings/" + std::string(uuid_a);
  EXPECT_THAT(text(ask(Verb::post, path, body, "writer")), HasSubstr("\"saved\":true"));
  EXPECT_THAT(text(ask(Verb::post, path, body, "writer")), HasSubstr("\"saved\":false"));
  const std::string got = text(view("bob"));
  EXPECT_THAT(got, HasSubstr("1700000100"));
  EXPECT_THAT(got, Not(HasSubstr("sensor")));
  EXPECT_THAT(got, Not(HasSubstr("writer")));
}

TEST_F(MispNode, pages_of_an_index_go_on_where_the_one_before_ended) {
  for (unsigned n = 0; n < 7; ++n)
    import_event(
        event({.uuid = "5cc9fec5-57dc-4c5a-9d5b-48d9950d21" + std::to_string(10 + n),
               .timestamp = std::to_string(1'700'000'000 + n),
               .attributes = attribute(50 + n, "domain", "h" + std::to_string(n) + ".example.org")}));
  std::string all;
  for (int page = 1; page <= 4; ++page) {
    const MispAnswer one =
        ask(Verb::post, "/events/index", R"({"minimal":1,"limit":2,"page":)" + std::to_string(page) + "}");
    EXPECT_EQ(one.result_count, page < 4 ? 2U : 1U);
    all += text(one);
  }
  for (unsigned n = 0; n < 7; ++n) EXPECT_THAT(all, HasSubstr("48d9950d21" + std::to_string(10 + n)));
}

}  // namespace
}  // namespace parley::exchange
