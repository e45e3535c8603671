#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exchange/taxii_fixture.hpp"
#include "taxii/timestamp.hpp"

namespace parley::exchange {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// ---- posting

TEST_F(Taxii, a_post_is_stored_and_told_object_by_object) {
  const std::string good = indicator(1, green_ref, "a.example.org");
  const std::string bad = R"({"type":"indicator","id":"nonsense"})";
  const Answer answer = post(envelope({good, bad}));
  ASSERT_EQ(answer.status, 202) << *answer.body;
  const Json status = json(answer);
  EXPECT_EQ(status.string_member("status").value(), "complete");
  EXPECT_EQ(status.uint_member("total_count").value(), 2U);
  EXPECT_EQ(status.uint_member("success_count").value(), 1U);
  EXPECT_EQ(status.uint_member("failure_count").value(), 1U);
  EXPECT_EQ(status.uint_member("pending_count").value(), 0U);
  EXPECT_EQ(status.array_member("successes").value()->front().string_member("id").value(),
            stix_id("indicator", 1));
  EXPECT_EQ(status.array_member("successes").value()->front().string_member("version").value(),
            "2025-01-01T00:00:00.000000Z");
  EXPECT_FALSE(status.array_member("failures").value()->front().string_member("message").value().empty());
  EXPECT_THAT(ids(get(path(), "", "writer")), ElementsAre(stix_id("indicator", 1)));
  EXPECT_THAT(ids(get(path())), ElementsAre(stix_id("indicator", 1)));
}

TEST_F(Taxii, what_stix_says_an_object_must_be_is_asked_of_every_one) {
  const std::string no_pattern = stix("indicator", 1, green_ref, R"("pattern_type":"stix","name":"n")");
  const Json status = json(post(envelope({no_pattern, indicator(2, green_ref, "a.example.org")})));
  EXPECT_EQ(status.uint_member("success_count").value(), 1U);
  const Json failure = status.array_member("failures").value()->front();
  EXPECT_EQ(failure.string_member("id").value(), stix_id("indicator", 1));
  EXPECT_THAT(failure.string_member("message").value(), HasSubstr("pattern"));
  EXPECT_EQ(post(envelope({no_pattern})).status, 202) << "told in its status";
  EXPECT_THAT(ids(get(path())), ElementsAre(stix_id("indicator", 2)));
}

TEST_F(Taxii, an_exact_duplicate_is_a_success) {
  const std::string body = envelope({indicator(1, green_ref, "a.example.org")});
  EXPECT_EQ(post(body).status, 202);
  const Json again = json(post(body));
  EXPECT_EQ(again.uint_member("success_count").value(), 1U);
  EXPECT_EQ(again.uint_member("failure_count").value(), 0U);
  EXPECT_EQ(ids(get(path())).size(), 1U);
}

TEST_F(Taxii, another_content_under_a_known_version_is_a_failure_with_a_message) {
  EXPECT_EQ(post(envelope({indicator(1, green_ref, "a.example.org")})).status, 202);
  const Json status = json(post(envelope({indicator(1, green_ref, "b.example.org")})));
  EXPECT_EQ(status.uint_member("failure_count").value(), 1U);
  EXPECT_EQ(status.array_member("failures").value()->front().string_member("id").value(),
            stix_id("indicator", 1));
}

TEST_F(Taxii, a_bundle_is_taken_as_an_envelope) {
  const std::string bundle = R"({"type":"bundle","id":")" + stix_id("bundle", 1) + R"(","objects":[)" +
                             indicator(1, green_ref, "a.example.org") + "]}";
  EXPECT_EQ(post(bundle).status, 202);
  EXPECT_EQ(ids(get(path())).size(), 1U);
}

TEST_F(Taxii, what_is_no_envelope_is_400_and_one_without_objects_422) {
  for (const char* bad : {"", "x", "[]", "{", R"({"objects":[})", "<html>"})
    EXPECT_EQ(post(bad).status, 400) << bad;
  for (const char* empty :
       {"{}", R"({"objects":[]})", R"({"objects":[{"type":"x"}]})", R"({"objects":[7]})"}) {
    EXPECT_EQ(post(empty).status, 422) << empty;
    EXPECT_EQ(error_status(post(empty)), "422");
  }
  const std::string alone = indicator(1, green_ref, "a.example.org");
  EXPECT_EQ(post(alone).status, 422) << "an object is no envelope";
  EXPECT_EQ(post("[" + alone + "]").status, 400);
  EXPECT_EQ(json(get(path(), "", "writer")).size(), 0U);
}

TEST_F(Taxii, a_body_that_is_no_json_is_told_where_it_is_not) {
  const auto why = [&](const std::string& body) {
    const taxii::Answer answer = post(body);
    EXPECT_EQ(answer.status, 400) << body;
    return json(answer).string_member("description").value();
  };
  EXPECT_THAT(why(R"({"objects":[{"type":"tool","x":NaN}]})"), HasSubstr("/objects/0/x: JSON has no NaN"));
  EXPECT_THAT(why("{\"objects\":[{\"name\":\"\xff\"}]}"),
              HasSubstr("/objects/0/name: bytes that are no UTF-8"));
  EXPECT_THAT(why(R"({"objects":[{"type":"tool"})"), HasSubstr("before the list is closed"));
}

TEST_F(Taxii, an_envelope_of_what_is_no_object_ends_early_and_keeps_what_was_good) {
  std::string elements = "7";
  for (int n = 0; n < 200'000; ++n) elements += ",7";
  EXPECT_EQ(post("{\"objects\":[" + elements + "]}").status, 422);
  const Json status = json(post(envelope({indicator(1, green_ref, "a.example.org"), elements})));
  EXPECT_EQ(status.uint_member("success_count").value(), 1U);
  const Json::Array& failures = *status.array_member("failures").value();
  EXPECT_LT(failures.size(), 20'000U);
  EXPECT_THAT(failures.back().string_member("message").value(), HasSubstr("the rest was not read"));
  EXPECT_EQ(status.uint_member("failure_count").value(), failures.size());
}

TEST_F(Taxii, a_failure_names_the_object_by_its_id_where_it_has_one) {
  const std::string unfinished = R"({"type":"tool","spec_version":"2.1","id":")" + stix_id("tool", 1) + "\"}";
  const Json status = json(post(envelope({indicator(1, green_ref, "a.example.org"), unfinished, "7"})));
  const Json::Array& failures = *status.array_member("failures").value();
  ASSERT_EQ(failures.size(), 2U);
  EXPECT_EQ(failures[0].string_member("id").value(), stix_id("tool", 1));
  EXPECT_THAT(failures[1].string_member("id").value(), testing::StartsWith("/objects/2"));
}

TEST_F(Taxii, a_body_above_max_content_length_is_413_and_one_below_is_not) {
  const std::string body = envelope({indicator(1, green_ref, "a.example.org")});
  TaxiiSettings settings;
  settings.max_content_length = body.size();
  restart(settings);
  EXPECT_EQ(post(body).status, 202);
  EXPECT_EQ(post(body + " ").status, 413);
}

TEST_F(Taxii, a_caller_never_takes_the_place_of_our_own_content) {
  import({versioned("tool", 1, "2025-01-01T00:00:00.000Z", green_ref, R"("name":"ours")")});
  fill();
  const std::string theirs =
      versioned("tool", 1, "2025-01-01T00:00:00.000Z", green_ref, R"("name":"theirs")");
  EXPECT_EQ(post(envelope({theirs})).status, 202);
  EXPECT_THAT(*get(path()).body, HasSubstr("ours"));
  EXPECT_THAT(*get(path()).body, Not(HasSubstr("theirs")));
}

TEST_F(Taxii, what_was_posted_under_a_strict_marking_goes_to_nobody_else) {
  EXPECT_EQ(post(envelope({indicator(1, amber_ref, "a.example.org")})).status, 202);
  EXPECT_THAT(ids(get(path(), "", "bob")), IsEmpty());
  EXPECT_EQ(ids(get(path(), "", "writer")).size(), 1U) << "back to where it came from";
}

TEST_F(Taxii, what_is_posted_without_a_marking_takes_that_of_the_collection) {
  EXPECT_EQ(post(envelope({indicator(1, "", "a.example.org")})).status, 202);
  EXPECT_THAT(ids(get(path(), "", "writer")), IsEmpty());
  TaxiiCollection marked;
  marked.title = marked.alias = "marked";
  marked.writable = true;
  marked.tlp = intel::TlpLevel::green;
  const std::string where =
      "/taxii2/intel/collections/" + add_collection(*node.node, marked).value().id + "/objects/";
  allow("writer", "marked:rw");
  EXPECT_EQ(post(envelope({indicator(2, "", "b.example.org")}), "writer", where).status, 202);
  EXPECT_EQ(ids(get(where, "", "writer")).size(), 1U);
}

TEST_F(Taxii, a_status_is_kept_for_a_day_and_for_who_asked_it) {
  const std::string id =
      json(post(envelope({indicator(1, green_ref, "a.example.org")}))).string_member("id").value();
  const std::string where = "/taxii2/intel/status/" + id + "/";
  EXPECT_EQ(get(where, "", "alice").status, 404) << "somebody else's";
  const std::string text = *get(where, "", "writer").body;
  EXPECT_THAT(text, HasSubstr(stix_id("indicator", 1)));
  node.clock.advance(std::chrono::hours(24));
  ASSERT_TRUE(service->tick());
  EXPECT_EQ(*get(where, "", "writer").body, text);
  node.clock.advance(std::chrono::hours(49));
  ASSERT_TRUE(service->tick());
  EXPECT_EQ(get(where, "", "writer").status, 404);
  EXPECT_EQ(get("/taxii2/intel/status/91a7b528-80eb-42ed-a74d-c6fbd5a26116/", "", "writer").status, 404);
  EXPECT_EQ(get("/taxii2/intel/status/x/", "", "writer").status, 404);
}

// ---- rights

TEST_F(Taxii, rights_say_who_reads_and_writes) {
  const std::string body = envelope({indicator(1, green_ref, "a.example.org")});
  EXPECT_EQ(post(body, "alice").status, 403);
  allow("dropbox", "indicators:w");
  EXPECT_EQ(post(body, "dropbox").status, 202);
  for (const char* where : {"objects/", "manifest/"}) EXPECT_EQ(get(path(where), "", "dropbox").status, 403);
  const std::string one = "objects/" + stix_id("indicator", 1) + "/";
  EXPECT_EQ(get(path(one), "", "dropbox").status, 403);
  EXPECT_EQ(get(path(one + "versions/"), "", "dropbox").status, 403);
  EXPECT_FALSE(json(get(path(""), "", "dropbox")).bool_member("can_read").value());
}

TEST_F(Taxii, deleting_needs_both_rights_and_leaves_nothing_to_read) {
  for (const char* modified : {"2025-01-01T00:00:00.000Z", "2025-02-01T00:00:00.000Z"})
    ASSERT_EQ(post(envelope({versioned("tool", 1, modified, green_ref, R"("name":"t")")})).status, 202);
  const std::string one = path("objects/" + stix_id("tool", 1) + "/");
  allow("dropbox", "indicators:w");
  CallerRequest none;
  none.name = "none";
  none.with_token = true;
  ASSERT_TRUE(add_caller(*node.node, none));
  EXPECT_EQ(erase(one, "", "none").status, 404) << "neither right";
  EXPECT_EQ(erase(one, "", "alice").status, 403) << "reads only";
  EXPECT_EQ(erase(one, "", "dropbox").status, 403) << "writes only";
  EXPECT_EQ(erase(one, "match[version]=2025-02-01T00:00:00.000Z").status, 200);
  EXPECT_THAT(*get(one).body, HasSubstr("2025-01-01T00:00:00.000Z"));
  const Answer done = erase(one);
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(done.body, nullptr);
  EXPECT_EQ(get(one).status, 404);
  EXPECT_EQ(*get(path("manifest/")).body, "{}");
  EXPECT_EQ(erase(one).status, 404);
}

TEST_F(Taxii, nobody_deletes_what_it_cannot_see) {
  import({indicator(1, amber_ref, "a.example.org"), indicator(2, strict_ref, "b.example.org")});
  fill();
  EXPECT_EQ(erase(path("objects/" + stix_id("indicator", 2) + "/")).status, 404);
  EXPECT_EQ(node.store->snapshot().value()->count_members(made.id).value(), 2U);
}

// ---- how objects come in

TEST_F(Taxii, a_rule_fills_a_collection_once_and_takes_what_is_imported_later) {
  import({indicator(1, green_ref, "a.example.org"), versioned("tool", 2, "2025-01-01T00:00:00.000Z")});
  const FillReport first = fill({.types = {"indicator"}});
  EXPECT_EQ(first.added, 1U);
  EXPECT_TRUE(first.rule_is_new);
  const FillReport again = fill({.types = {"indicator"}});
  EXPECT_EQ(again.added, 0U);
  EXPECT_EQ(again.unchanged, 1U);
  EXPECT_FALSE(again.rule_is_new);
  node.clock.advance(std::chrono::seconds(1));
  import({indicator(3, green_ref, "c.example.org"), versioned("tool", 4, "2025-01-01T00:00:00.000Z")});
  EXPECT_THAT(ids(get(path())), ElementsAre(stix_id("indicator", 1), stix_id("indicator", 3)));
  EXPECT_EQ(CollectionFill::begin(*node.node, "indicators", {}).error().kind, ErrorKind::usage);
  EXPECT_EQ(CollectionFill::begin(*node.node, "none", {.all = true}).error().kind, ErrorKind::not_found);
  import({versioned("tool", 5, "2025-01-01T00:00:00.000Z")}, {}, "special");
  EXPECT_EQ(fill({.sources = {"special"}}).added, 1U);
  import({versioned("tool", 6, "2025-01-01T00:00:00.000Z", green_ref, R"("labels":["x","y"])")});
  EXPECT_EQ(fill({.types = {"tool"}, .labels = {"y"}}).added, 1U);
  EXPECT_EQ(fill({.ids = {stix_id("tool", 4)}}).added, 1U);
}

TEST_F(Taxii, a_rule_that_is_made_during_an_import_takes_the_rest_of_it) {
  ImportOptions options;
  options.format = intel::InputFormat::stix;
  Import import(*node.node, options, lists, {});
  for (const unsigned n : {1U, 2U}) {
    ASSERT_TRUE(import.begin_file("feed", "feed"));
    ASSERT_TRUE(import.feed(as_bytes(envelope({indicator(n, green_ref, "a.example.org")}))));
    ASSERT_TRUE(import.end_file());
    if (n == 1) {
      EXPECT_EQ(fill().added, 1U);
    }
  }
  ASSERT_TRUE(import.finish());
  EXPECT_EQ(ids(get(path())).size(), 2U);
}

// ---- reads are recorded

TEST_F(Taxii, reads_of_a_minute_become_one_statement_with_a_hash_of_what_was_served) {
  import({indicator(1, green_ref, "a.example.org"), indicator(2, green_ref, "b.example.org")});
  fill();
  const std::uint64_t before = node.ledger->size().value();
  const Answer answer = get(path());
  get(path());
  get(path("manifest/"));
  get(path(), "", "bob");
  ASSERT_TRUE(answer.reuse);
  service->note_served(answer.reuse->ticket, 5);
  ASSERT_TRUE(service->tick());
  EXPECT_EQ(node.ledger->size().value(), before) << "the minute is not over";
  node.clock.advance(std::chrono::minutes(3));
  ASSERT_TRUE(service->tick());
  ASSERT_EQ(node.ledger->size().value(), before + 2);
  const Json payload = statement_at(before, "parley/served/1");
  EXPECT_EQ(payload.string_member("caller").value(), "alice");
  EXPECT_EQ(payload.string_member("collection").value(), made.id);
  EXPECT_EQ(payload.uint_member("requests").value(), 8U);
  EXPECT_EQ(payload.uint_member("objects").value(), 16U);
  EXPECT_EQ(payload.uint_member("pages").value(), 2U);
  EXPECT_TRUE(payload.bool_member("complete").value());
  ASSERT_TRUE(service->tick());
  EXPECT_EQ(node.ledger->size().value(), before + 2) << "once";
}

TEST_F(Taxii, a_stop_records_what_is_open_and_a_crash_records_that_it_does_not_know) {
  import({indicator(1, green_ref, "a.example.org")});
  fill();
  const std::uint64_t before = node.ledger->size().value();
  get(path());
  ASSERT_TRUE(service->close());
  EXPECT_EQ(node.ledger->size().value(), before + 1);
  get(path());
  restart();  // as after a crash
  ASSERT_TRUE(service->tick());
  ASSERT_EQ(node.ledger->size().value(), before + 2);
  const Json payload = statement_at(before + 1, "parley/served/1");
  EXPECT_FALSE(payload.bool_member("complete").value());
  EXPECT_FALSE(payload.contains("requests"));
  restart();
  ASSERT_TRUE(service->tick());
  EXPECT_EQ(node.ledger->size().value(), before + 2) << "once";
}

// ---- and so is what callers add and remove

crypto::Hash256 chained(const crypto::Hash256& before, const std::string& lines) {
  return crypto::Sha256().update(before).update(crypto::sha256(as_bytes(lines))).finish();
}
std::string hash_of(const std::string& raw) {
  return to_hex(crypto::sha256(as_bytes(raw)));
}

TEST_F(Taxii, what_a_caller_adds_and_removes_in_a_minute_becomes_one_statement) {
  const std::string one = indicator(1, green_ref, "a.example.org"),
                    two = indicator(2, green_ref, "b.example.org");
  const std::uint64_t before = node.ledger->size().value();
  ASSERT_EQ(post(envelope({one, two, R"({"type":"indicator","id":"nonsense"})"})).status, 202);
  ASSERT_EQ(post(envelope({one})).status, 202);
  ASSERT_EQ(erase(path("objects/" + stix_id("indicator", 1) + "/")).status, 200);
  ASSERT_TRUE(service->tick());
  EXPECT_EQ(node.ledger->size().value(), before) << "the minute is not over";
  node.clock.advance(std::chrono::minutes(3));
  ASSERT_TRUE(service->tick());
  ASSERT_EQ(node.ledger->size().value(), before + 1);
  const Json payload = statement_at(before, "parley/changed/1");
  EXPECT_EQ(payload.string_member("caller").value(), "writer");
  EXPECT_EQ(payload.string_member("collection").value(), made.id);
  EXPECT_EQ(payload.uint_member("posts").value(), 2U);
  EXPECT_EQ(payload.uint_member("deletions").value(), 1U);
  EXPECT_EQ(payload.uint_member("added").value(), 3U);
  EXPECT_EQ(payload.uint_member("failed").value(), 1U);
  EXPECT_EQ(payload.uint_member("removed").value(), 1U);
  EXPECT_TRUE(payload.bool_member("complete").value());
  const std::string added_one = "added " + stix_id("indicator", 1) + " " + hash_of(one) + "\n";
  const std::string added_two = "added " + stix_id("indicator", 2) + " " + hash_of(two) + "\n";
  const std::string removed = "removed " + stix_id("indicator", 1) + " " + hash_of(one) + "\n";
  EXPECT_EQ(payload.string_member("changes_hash").value(),
            to_hex(chained(chained(chained({}, added_one + added_two), added_one), removed)));
  ASSERT_TRUE(service->tick());
  ASSERT_TRUE(service->close());
  EXPECT_EQ(node.ledger->size().value(), before + 1) << "once";
}

TEST_F(Taxii, what_changes_nothing_leaves_no_statement) {
  const std::uint64_t before = node.ledger->size().value();
  EXPECT_EQ(post("{}").status, 422);
  EXPECT_EQ(post("nonsense").status, 400);
  EXPECT_EQ(post(envelope({indicator(1, green_ref, "a.example.org")}), "alice").status, 403);
  EXPECT_EQ(erase(path("objects/" + stix_id("indicator", 1) + "/")).status, 404);
  ASSERT_TRUE(service->close());
  restart();
  ASSERT_TRUE(service->tick());
  EXPECT_EQ(node.ledger->size().value(), before);
}

TEST_F(Taxii, a_crash_loses_no_count_and_a_post_that_broke_off_is_told) {
  const std::uint64_t before = node.ledger->size().value();
  ASSERT_EQ(post(envelope({indicator(1, green_ref, "a.example.org")})).status, 202);
  restart();  // as after a crash
  ASSERT_TRUE(service->tick());
  ASSERT_EQ(node.ledger->size().value(), before + 1);
  const Json known = statement_at(before, "parley/changed/1");
  EXPECT_EQ(known.uint_member("added").value(), 1U);
  EXPECT_TRUE(known.bool_member("complete").value());

  taxii::Request request;
  request.method = Method::post;
  const std::string where = path();
  request.path = where;
  request.caller = "writer";
  Answer refusal;
  auto posting =
      service->begin_posting(request, envelope({indicator(2, green_ref, "b.example.org")}), refusal);
  ASSERT_TRUE(posting);
  ASSERT_TRUE(posting->step());
  node.clock.advance(std::chrono::minutes(3));
  ASSERT_TRUE(service->tick());
  EXPECT_EQ(node.ledger->size().value(), before + 1) << "it is under way";
  posting.reset();
  ASSERT_TRUE(service->tick());
  ASSERT_EQ(node.ledger->size().value(), before + 2);
  EXPECT_FALSE(statement_at(before + 1, "parley/changed/1").bool_member("complete").value());

  posting = service->begin_posting(request, envelope({indicator(3, green_ref, "c.example.org")}), refusal);
  ASSERT_TRUE(posting->step());
  restart();  // a crash in the middle
  ASSERT_TRUE(service->tick());
  ASSERT_EQ(node.ledger->size().value(), before + 3);
  EXPECT_FALSE(statement_at(before + 2, "parley/changed/1").bool_member("complete").value());
}

TEST_F(Taxii, an_answer_is_kept_until_anything_that_it_was_made_from_changes) {
  import({indicator(1, green_ref, "a.example.org")});
  fill();
  const Answer one = get(path());
  EXPECT_EQ(get(path()).body, one.body) << "the very same bytes";
  EXPECT_EQ(service->epoch(), one.reuse->epoch);
  const auto changes = [&](const std::function<void()>& act) {
    get(path());
    const std::uint64_t before = service->epoch();
    act();
    return service->epoch() != before;
  };
  EXPECT_TRUE(changes([&] { import({indicator(2, green_ref, "b.example.org")}); }));
  EXPECT_TRUE(changes([&] { allow("alice", "indicators:r"); }));
  EXPECT_TRUE(changes([&] { ASSERT_TRUE(revoke_caller(*node.node, "bob")); }));
  EXPECT_FALSE(changes([&] { ASSERT_TRUE(service->tick()); }));
  EXPECT_FALSE(changes([&] { import({indicator(2, green_ref, "b.example.org")}); })) << "nothing new";
}

}  // namespace
}  // namespace parley::exchange
