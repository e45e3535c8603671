#include "exchange/misp_service.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "exchange/decay.hpp"
#include "exchange/misp_organisation.hpp"
#include "exchange/misp_sightings.hpp"
#include "exchange/misp_view.hpp"
#include "exchange/taxii_fixture.hpp"
#include "exchange/unfinished_events.hpp"
#include "misp/event.hpp"
#include "state/search.hpp"

namespace parley::exchange {
namespace {

using Verb = misp_sync::Method;
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

TEST_F(MispNode, a_large_push_comes_in_by_turns_between_which_others_are_answered) {
  constexpr unsigned count = 4'500;
  std::string many;
  for (unsigned n = 1; n <= count; ++n)
    many += (n == 1 ? "" : ",") + attribute(n, "domain", "h" + std::to_string(n) + ".example.org");
  misp_sync::Request request;
  request.method = Verb::post;
  request.path = "/events/add";
  request.caller = "writer";
  const auto work = misp->begin(request, event({.attributes = many}));
  const auto stored = [&] {
    const auto reader = node.store->snapshot().value();
    std::size_t out = 0;
    for (const unsigned n : {1U, 2'500U, count})
      out +=
          reader->find_holdings({intel::SelectorType::domain_name, "h" + std::to_string(n) + ".example.org"})
                  .value()
                  .empty()
              ? 0
              : 1;
    return out;
  };
  std::set<std::size_t> seen;
  std::optional<MispAnswer> answer;
  for (int i = 0; i < 100 && !answer; ++i) {
    auto step = work->step();
    ASSERT_TRUE(step) << step.error().text();
    answer = std::move(*step);
    seen.insert(stored());
    EXPECT_EQ(ask(Verb::get, "/servers/getVersion").status, 200);
  }
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200) << text(*answer);
  EXPECT_EQ(seen, (std::set<std::size_t>{0, 1, 2, 3}));
}

TEST_F(MispNode, what_deletes_an_event_waits_for_what_still_stores_it) {
  std::string many;
  for (unsigned n = 1; n <= 2'500; ++n)
    many += (n == 1 ? "" : ",") + attribute(n, "domain", "h" + std::to_string(n) + ".example.org");
  const std::string path = "/events/delete/" + std::string(uuid_a);
  misp_sync::Request request;
  request.method = Verb::post;
  request.caller = "writer";
  request.path = "/events/add";
  const auto adding = misp->begin(request, event({.attributes = many}));
  request.path = path;
  std::unique_ptr<MispWork> deleting;
  std::optional<MispAnswer> added, deleted;
  for (int i = 0; i < 100 && (!added || !deleted); ++i) {
    if (!added) added = adding->step().value();
    if (!deleting && node.store->snapshot().value()->misp_events().find(uuid_a).value())
      deleting = misp->begin(request, "");
    if (deleting && !deleted) deleted = deleting->step().value();
    EXPECT_FALSE(deleted && !added) << "it came first";
  }
  ASSERT_TRUE(added && deleted);
  EXPECT_EQ(added->status, 200) << text(*added);
  EXPECT_EQ(deleted->status, 200) << text(*deleted);
  const auto reader = node.store->snapshot().value();
  EXPECT_FALSE(reader->misp_events().find(uuid_a).value());
  EXPECT_TRUE(reader->find_holdings({intel::SelectorType::domain_name, "h2500.example.org"}).value().empty());
}

TEST_F(MispNode, what_is_no_event_inside_is_refused_and_harms_nobody) {
  for (const char* inside :
       {R"("Attribute":[1])", R"("Attribute":[null])", R"("Attribute":[[]])", R"("Attribute":7)",
        R"("Object":[1])", R"("Object":[{"Attribute":[1]}])", R"("Object":[{"Attribute":7}])",
        R"("EventReport":["x"])", R"("Attribute":[{"type":"domain","value":"a.example.org","Tag":[5]}])",
        R"("Attribute":[{"type":"domain","value":"a.example.org","Sighting":[5]}])",
        R"("Object":[{"Attribute":[{"type":"domain","value":"a.example.org","Tag":{"name":"x"}}]}])",
        R"("Tag":[5])", R"("Galaxy":["x"])", R"("Event":null)"}) {
    const std::string body = R"({"Event":{"info":"x",)" + std::string(inside) + "}}";
    EXPECT_EQ(ask(Verb::post, "/events/add", body, "writer").status, 403) << inside;
  }
  EXPECT_EQ(node.store->snapshot().value()->misp_events().count().value(), 0U);
  const std::string long_tag = R"({"name":")" + std::string(2'000, 'x') + "\"}";
  EXPECT_EQ(ask(Verb::post, "/events/add", event({.tags = long_tag}), "writer").status, 403);
  EXPECT_EQ(node.store->snapshot().value()->misp_events().count().value(), 0U) << "nor a part of it";
  // Deeper than MISP goes nobody looks.
  const std::string deep =
      attribute(1, "domain", "deep.example.org", R"("Attribute":[{"Attribute":[5],"Tag":[5]}])");
  EXPECT_EQ(ask(Verb::post, "/events/add", event({.attributes = deep}), "writer").status, 200);
  for (const char* body : {"5", "[5]", "null", "[[]]"})
    EXPECT_GE(ask(Verb::post, "/sightings/add/00000000-0000-4000-8000-100000000001", body, "writer").status,
              400)
        << body;
  EXPECT_GE(ask(Verb::post, "/sightings/bulkSaveSightings/" + std::string(uuid_a), "[5]", "writer").status,
            400);
}

TEST_F(MispNode, nobody_else_says_what_an_import_marked_our_event_with) {
  import_event(event({.tags = ""}), intel::TlpLevel::amber);
  EXPECT_EQ(view("alice").status, 404);
  const std::string theirs = attribute(1, "domain", "open.example.org", R"("Tag":[{"name":"tlp:clear"}])");
  std::string newer = theirs;
  newer.replace(newer.find("1700000000"), 10, "1700009999");
  EXPECT_EQ(
      ask(Verb::post, "/events/add", event({.uuid = std::string(uuid_b), .attributes = newer}), "writer")
          .status,
      200);
  EXPECT_EQ(view("alice").status, 404) << "under the UUID of an attribute of ours";
  EXPECT_EQ(view("bob").status, 200);
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

TEST_F(MispNode, each_sharing_group_is_for_its_own_members) {
  const auto group = [](const char* id, std::string_view member) {
    return std::string(R"("distribution":"4","sharing_group_id":")") + id + R"(","SharingGroup":{"id":")" +
           id + R"(","SharingGroupOrg":[{"Organisation":{"uuid":")" + std::string(member) + R"("}}]})";
  };
  const auto in_group = [&](unsigned number, const std::string& value, const std::string& with) {
    return R"({"uuid":"00000000-0000-4000-8000-)" + std::to_string(100'000'000'000 + number) +
           R"(","type":"domain","category":"Network activity","value":")" + value +
           R"(","to_ids":true,"timestamp":"1700000000",)" + with + "}";
  };
  constexpr std::string_view other = "7aa9fec5-57dc-4c5a-9d5b-48d9950d2100";
  import_event(
      event({.attributes = in_group(1, "first.example.org", group("7", uuid_b)) + "," +
                           in_group(2, "second.example.org", group("9", other)) + "," +
                           in_group(3, "third.example.org", R"("distribution":"4","sharing_group_id":"11")") +
                           "," + attribute(4, "domain", "open.example.org")}));
  const std::string before = text(view("alice"));
  EXPECT_THAT(before, HasSubstr("open.example.org"));
  EXPECT_THAT(before, Not(HasSubstr("first.example.org"))) << "of no organisation";
  right("alice", "r", std::string(uuid_b));
  const std::string got = text(view("alice"));
  EXPECT_THAT(got, HasSubstr("first.example.org"));
  EXPECT_THAT(got, Not(HasSubstr("second.example.org"))) << "the other group's";
  EXPECT_THAT(got, Not(HasSubstr("third.example.org"))) << "nobody knows who is in it";
  EXPECT_THAT(text(ask(Verb::get, "/misp/" + std::string(uuid_a) + ".json")),
              Not(HasSubstr("first.example.org")))
      << "a feed is for everybody";
}

TEST_F(MispNode, the_organisation_of_a_peer_is_said_and_forgotten) {
  EXPECT_EQ(misp_organisation(*node.store->snapshot().value(), "log.example.org").value(), "");
  EXPECT_FALSE(set_misp_organisation(*node.node, "log.example.org", "no uuid"));
  std::string upper(uuid_b);
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  ASSERT_TRUE(set_misp_organisation(*node.node, "log.example.org", upper));
  EXPECT_EQ(misp_organisation(*node.store->snapshot().value(), "log.example.org").value(), uuid_b);
  EXPECT_EQ(misp_organisation(*node.store->snapshot().value(), "other.example.org").value(), "");
  ASSERT_TRUE(set_misp_organisation(*node.node, "log.example.org", ""));
  EXPECT_EQ(misp_organisation(*node.store->snapshot().value(), "log.example.org").value(), "");
}

TEST_F(MispNode, who_gave_an_event_publishes_and_deletes_it_and_nobody_else) {
  const std::string draft = [&] {
    std::string out = event({});
    out.replace(out.find("\"published\":true"), 16, "\"published\":false");
    return out;
  }();
  right("second", "rw");
  ASSERT_EQ(ask(Verb::post, "/events/add", draft, "writer").status, 200);
  const std::string id = std::string(uuid_a);
  EXPECT_EQ(view("bob").status, 404) << "it is not published";
  EXPECT_EQ(ask(Verb::post, "/events/publish/" + id, "", "alice").status, 403) << "a reader";
  EXPECT_EQ(ask(Verb::post, "/events/publish/" + id, "", "second").status, 404) << "not told that it is here";
  EXPECT_EQ(ask(Verb::post, "/events/delete/" + id, "", "second").status, 404);
  EXPECT_EQ(ask(Verb::post, "/events/delete/" + std::string(uuid_b), "", "writer").status, 404);
  const MispAnswer published = ask(Verb::post, "/events/publish/" + id, "", "writer");
  EXPECT_EQ(published.status, 200);
  EXPECT_THAT(text(published), HasSubstr("\"success\":true"));
  EXPECT_EQ(view("bob").status, 200);
  EXPECT_EQ(ask(Verb::post, "/events/unpublish/" + id, "", "writer").status, 200);
  EXPECT_EQ(view("bob").status, 404);
  ASSERT_EQ(ask(Verb::post, "/events/publish/" + id, "", "writer").status, 200);
  EXPECT_FALSE(node.store->snapshot()
                   .value()
                   ->find_holdings({intel::SelectorType::domain_name, "open.example.org"})
                   .value()
                   .empty());
  EXPECT_EQ(ask(Verb::post, "/events/delete/" + id, "", "writer").status, 200);
  const auto reader = node.store->snapshot().value();
  EXPECT_FALSE(reader->misp_events().find(uuid_a).value());
  EXPECT_TRUE(reader->find_holdings({intel::SelectorType::domain_name, "open.example.org"}).value().empty());
  EXPECT_EQ(ask(Verb::post, "/events/delete/" + id, "", "writer").status, 404);
}

TEST_F(MispNode, deleting_leaves_what_others_say) {
  import_event(event({.tags = R"({"name":"tlp:red"})"}));  // ours, which nobody sees
  ASSERT_EQ(ask(Verb::post, "/events/add", event({.timestamp = "1700000500"}), "writer").status, 200);
  EXPECT_EQ(ask(Verb::post, "/events/delete/" + std::string(uuid_a), "", "writer").status, 200);
  const auto reader = node.store->snapshot().value();
  const auto held = reader->misp_events().find(uuid_a).value();
  ASSERT_TRUE(held);
  EXPECT_FALSE(held->entry.received);
  EXPECT_FALSE(reader->find_holdings({intel::SelectorType::domain_name, "open.example.org"}).value().empty());
}

TEST_F(MispNode, what_is_not_kept_here_is_answered_as_clients_expect) {
  import_event(
      event({.more = R"(,"EventReport":[{"uuid":"00000000-0000-4000-8000-0000000000e1","name":"Report",)"
                     R"("content":"words","distribution":"5","timestamp":"1700000000"}])"}));
  for (const char* path : {"/galaxies/index", "/galaxy_clusters/index/1", "/shadow_attributes/index",
                           "/analyst_data/index/Note"})
    EXPECT_EQ(text(ask(Verb::get, path)), "[]") << path;
  EXPECT_EQ(text(ask(Verb::post, "/galaxy_clusters/restSearch", "{}")), R"({"response":[]})");
  EXPECT_EQ(ask(Verb::get, "/galaxy_clusters/view/1").status, 404);
  for (const char* path : {"/galaxies/pushCluster", "/galaxy_clusters/add/1", "/shadow_attributes/add/1",
                           "/analyst_data/add/Note", "/eventReports/add/1", "/events/pushProposals/1"})
    EXPECT_EQ(ask(Verb::post, path, "{}", "writer").status, 403) << path;
  const std::string reports = text(ask(Verb::get, "/eventReports/index/event_id:" + std::string(uuid_a)));
  EXPECT_THAT(reports, HasSubstr("\"EventReport\":{"));
  EXPECT_THAT(reports, HasSubstr("words"));
  EXPECT_EQ(ask(Verb::get, "/eventReports/index/event_id:" + std::string(uuid_a), "", "mallory").status, 404);
}

TEST_F(MispNode, sightings_of_events_reach_the_scores_and_a_stranger_expires_nothing) {
  const intel::Selector domain{intel::SelectorType::domain_name, "open.example.org"};
  const auto noted = [&] {
    return node.store->snapshot().value()->searching().find_sightings(domain).value();
  };
  import_event(event(
      {.attributes = attribute(
           1, "domain", "open.example.org",
           R"("Sighting":[{"uuid":"00000000-0000-4000-8000-00000000d001","type":"0","date_sighting":"1700000050"},)"
           R"({"uuid":"00000000-0000-4000-8000-00000000d002","type":"2","date_sighting":"1700000060"}])")}));
  ASSERT_EQ(noted().size(), 2U) << "our own file may say that a value is over";
  const std::string body =
      R"([{"uuid":"00000000-0000-4000-8000-000000000001","attribute_uuid":"00000000-0000-4000-8000-100000000001",)"
      R"("type":"1","date_sighting":"1700000100"},{"uuid":"00000000-0000-4000-8000-000000000002",)"
      R"("attribute_uuid":"00000000-0000-4000-8000-100000000001","type":"2","date_sighting":"1700000100"}])";
  ASSERT_EQ(ask(Verb::post, "/sightings/bulkSaveSightings/" + std::string(uuid_a), body, "writer").status,
            200);
  const auto all = noted();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(std::ranges::count(all, state::SightingKind::false_positive, &state::Sighting::kind), 1);
  EXPECT_EQ(std::ranges::count(all, state::SightingKind::expiration, &state::Sighting::kind), 1)
      << "ours alone";
}

TEST_F(MispNode, a_stix_sighting_counts_whether_it_comes_before_its_target_or_after) {
  const intel::Selector domain{intel::SelectorType::domain_name, "seen.example.org"};
  const auto import = [&](const std::string& objects) {
    ImportOptions options;
    options.format = intel::InputFormat::stix;
    options.tlp = intel::TlpLevel::green;
    Import run(*node.node, options, lists, {});
    ASSERT_TRUE(run.begin_file("stix", "stix"));
    ASSERT_TRUE(run.feed(
        as_bytes(R"({"type":"bundle","id":"bundle--00000000-0000-4000-8000-0000000000b1","objects":[)" +
                 objects + "]}")));
    ASSERT_TRUE(run.end_file());
    ASSERT_TRUE(run.finish());
  };
  const auto sighting = [](const std::string& number, const std::string& when, const std::string& more = "") {
    return R"({"type":"sighting","spec_version":"2.1","id":"sighting--00000000-0000-4000-8000-00000000000)" +
           number +
           R"(","created":"2023-11-14T00:00:00.000Z","modified":"2023-11-14T00:00:00.000Z","last_seen":")" +
           when + R"(",)" + more + R"("sighting_of_ref":"indicator--00000000-0000-4000-8000-0000000000a1"})";
  };
  const auto noted = [&] {
    return node.store->snapshot().value()->searching().find_sightings(domain).value();
  };
  import(sighting("1", "2023-11-14T01:00:00Z", "\"count\":3,"));
  EXPECT_TRUE(noted().empty());
  import(R"({"type":"indicator","spec_version":"2.1","id":"indicator--00000000-0000-4000-8000-0000000000a1",
      "created":"2023-11-14T00:00:00.000Z","modified":"2023-11-14T00:00:00.000Z","pattern_type":"stix",
      "pattern":"[domain-name:value = 'seen.example.org']","valid_from":"2023-11-14T00:00:00Z"})");
  ASSERT_EQ(noted().size(), 1U) << "it waited for its target";
  EXPECT_EQ(noted().front().times, 3U);
  import(sighting("2", "2023-11-14T02:00:00Z"));
  EXPECT_EQ(noted().size(), 2U);
  import(sighting("3", "2923-11-14T02:00:00Z"));
  EXPECT_EQ(noted().size(), 2U) << "of the future";
}

TEST_F(MispNode, what_a_crash_has_left_out_of_an_event_is_stored_afterwards) {
  std::string many;
  for (unsigned n = 1; n <= 60; ++n)
    many += (n == 1 ? "" : ",") + attribute(n, "domain", "h" + std::to_string(n) + ".example.org");
  const std::string document = event({.attributes = many});
  const auto held = [&](unsigned n) {
    return !node.store->snapshot()
                .value()
                ->find_holdings({intel::SelectorType::domain_name, "h" + std::to_string(n) + ".example.org"})
                .value()
                .empty();
  };
  ImportOptions options;
  options.format = intel::InputFormat::misp;
  options.tlp = intel::TlpLevel::green;
  options.batch_objects = 8;
  {
    Import import(*node.node, options, lists, {});
    ASSERT_TRUE(import.begin_file("file", "file"));
    ASSERT_TRUE(import.feed(as_bytes(std::string_view(document))));
    // Nobody ends it: what was committed is what a crash leaves.
  }
  ASSERT_TRUE(node.store->snapshot().value()->misp_events().find(uuid_a).value());
  EXPECT_TRUE(held(1));
  EXPECT_FALSE(held(60));
  ASSERT_TRUE(UnfinishedEvents::any(*node.node).value());
  UnfinishedEvents rest(*node.node, lists);
  for (int i = 0; i < 1'000 && !rest.step().value(); ++i) {
  }
  EXPECT_EQ(rest.finished(), 1U);
  EXPECT_TRUE(held(60));
  EXPECT_FALSE(UnfinishedEvents::any(*node.node).value());
  EXPECT_EQ(node.store->snapshot()
                .value()
                ->find_holdings({intel::SelectorType::domain_name, "h60.example.org"})
                .value()
                .at(0)
                .marking,
            node.store->snapshot()
                .value()
                ->find_holdings({intel::SelectorType::domain_name, "h1.example.org"})
                .value()
                .at(0)
                .marking);
  // One that ends leaves no mark.
  Import import(*node.node, options, lists, {});
  ASSERT_TRUE(import.begin_file("other", "other"));
  ASSERT_TRUE(import.feed(as_bytes(event({.uuid = std::string(uuid_b), .attributes = many}))));
  ASSERT_TRUE(import.end_file());
  EXPECT_FALSE(UnfinishedEvents::any(*node.node).value());
}

}  // namespace
}  // namespace parley::exchange
