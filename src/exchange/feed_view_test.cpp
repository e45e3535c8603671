#include "exchange/feed_view.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <random>
#include <set>

#include "encoding/json.hpp"
#include "exchange/recording.hpp"
#include "exchange/taxii_fixture.hpp"
#include "record/jws.hpp"

namespace parley::exchange {
namespace {

TEST(Remembered, what_is_in_use_stays_and_what_passes_by_is_forgotten) {
  Remembered<int> seen(8, SIZE_MAX);
  seen.put(0, 100);
  for (int n = 1; n < 1'000; ++n) {
    seen.put(n, n);
    ASSERT_NE(seen.find(0), nullptr) << n;
  }
  EXPECT_EQ(*seen.find(0), 100);
  EXPECT_EQ(seen.find(900), nullptr);
  EXPECT_NE(seen.find(999), nullptr);
}

TEST(Remembered, bytes_are_bounded_too) {
  Remembered<int> seen(1'000'000, 1'000);
  for (int n = 0; n < 10'000; ++n) {
    seen.put(n, n, 100);
    ASSERT_LE(seen.bytes(), 1'300U);
    ASSERT_NE(seen.find(n), nullptr) << n;
  }
}

TEST(Verdicts, each_is_its_own_and_blocks_are_bounded) {
  using enum Verdicts::Verdict;
  Verdicts verdicts(10);
  std::map<std::int64_t, Verdicts::Verdict> expected;
  for (std::int64_t n = 0; n < 2'000; n += 1 + n % 3) {
    const auto verdict = static_cast<Verdicts::Verdict>(1 + n % 15);
    verdicts.put(n, verdict);
    expected[n] = verdict;
  }
  verdicts.put(0, leaves_changed);
  expected[0] = leaves_changed;
  for (std::int64_t n = 0; n < 2'000; ++n)
    EXPECT_EQ(verdicts.find(n), expected.contains(n) ? expected[n] : unknown) << n;
  for (std::int64_t n = 1; n < 100; ++n) verdicts.put(n * 512, stays);
  EXPECT_EQ(verdicts.find(0), unknown) << "forgotten";
  EXPECT_EQ(verdicts.find(99 * 512), stays);
}

TEST(FeedStretches, are_found_where_they_lie_and_the_oldest_leave) {
  const auto at = [](std::int64_t us) { return Timestamp::from_microseconds(us); };
  const auto made = [&](std::int64_t from, std::int64_t to, std::size_t items) {
    auto out = std::make_shared<FeedStretch>(FeedStretch{at(from), at(to), {}, {}, 0});
    for (std::size_t i = 0; i < items; ++i)
      out->items.push_back({state::ContentKey(1), {}, at(to), state::SpecVersion::v21, "", "", {}});
    out->hold(std::make_shared<const std::string>(1'000, 'x'));
    return out;
  };
  FeedStretches stretches(20'000);
  stretches.put("a", made(10, 20, 1));
  stretches.put("a", made(40, 50, 1));
  stretches.put("b", made(15, 45, 1));
  EXPECT_EQ(stretches.find("a", at(9)), nullptr);
  EXPECT_EQ(stretches.find("a", at(10))->to, at(20));
  EXPECT_EQ(stretches.find("a", at(19))->to, at(20));
  EXPECT_EQ(stretches.find("a", at(20)), nullptr);
  EXPECT_EQ(stretches.find("c", at(15)), nullptr);
  EXPECT_EQ(stretches.next_begin("a", at(9)), at(10));
  EXPECT_EQ(stretches.next_begin("a", at(20)), at(40));
  EXPECT_EQ(stretches.next_begin("a", at(40)), FeedStretches::nowhere);
  // What begins where another one ends goes on in it; one without a length is nothing.
  stretches.put("a", made(20, 30, 2));
  stretches.put("a", made(30, 30, 2));
  EXPECT_EQ(stretches.find("a", at(10))->to, at(30));
  EXPECT_EQ(stretches.find("a", at(10))->items.size(), 3U);
  const std::size_t full = stretches.bytes();
  for (std::int64_t n = 100; n < 1'000; n += 10) {
    stretches.put("list " + std::to_string(n), made(n, n + 5, 1));
    EXPECT_NE(stretches.find("a", at(40)), nullptr) << "it is in use";
    EXPECT_LE(stretches.bytes(), 20'000U);
  }
  EXPECT_EQ(stretches.find("b", at(15)), nullptr);
  EXPECT_EQ(stretches.find("list 100", at(100)), nullptr);
  EXPECT_NE(stretches.find("list 990", at(990)), nullptr);
  EXPECT_GT(stretches.bytes(), full);
  stretches.clear();
  EXPECT_EQ(stretches.bytes(), 0U);
  EXPECT_EQ(stretches.find("a", at(40)), nullptr);
}

TEST(FeedStretches, lists_of_other_questions_are_other_lists) {
  std::set<std::string> seen;
  for (const bool last : {false, true})
    for (const bool first : {false, true})
      for (const bool all : {false, true})
        for (const std::vector<state::SpecVersion>& specs :
             {std::vector<state::SpecVersion>{}, {state::SpecVersion::v20}, {state::SpecVersion::v21}})
          for (const std::vector<std::string>& types :
               {std::vector<std::string>{}, {"a"}, {"a", "b"}, {"a\n1=b"}, {"ab"}, {"\nlast"}})
            for (const char* collection : {"c1", "c2"}) {
              state::MemberFilter filter;
              filter.first = first;
              filter.last = last;
              filter.all = all;
              filter.specs = specs;
              filter.types = types;
              EXPECT_TRUE(seen.insert(feed_list(collection, filter).value()).second);
            }
  state::MemberFilter of_ids;
  of_ids.ids = {"tool--1"};
  EXPECT_FALSE(feed_list("c1", of_ids));
  state::MemberFilter of_versions;
  of_versions.versions = {Timestamp()};
  EXPECT_FALSE(feed_list("c1", of_versions));
}

TEST(MadeFrom, tells_what_it_has_forgotten) {
  MadeFrom made(8);
  made.put(1, {10, 11});
  made.put(2, {10, 12});
  EXPECT_EQ(made.take(std::array<state::Touch, 1>{12}), std::vector<std::int64_t>{2});
  EXPECT_EQ(made.contents(), std::vector<std::int64_t>{1});
  for (std::int64_t n = 3; n < 8; ++n) made.put(n, {20, static_cast<state::Touch>(n)});
  EXPECT_TRUE(made.take_forgot());
  EXPECT_FALSE(made.take_forgot());
  const std::vector<std::int64_t> known = made.contents();
  EXPECT_THAT(known, testing::Contains(7));
  EXPECT_THAT(known, testing::Not(testing::Contains(1)));
  EXPECT_THAT(made.take(std::array<state::Touch, 1>{20}), testing::UnorderedElementsAreArray(known));
  EXPECT_TRUE(made.contents().empty());
}

class View : public Taxii {
 protected:
  // Every third has what the policy strips, every fifth is not for alice.
  void import_many(unsigned count) {
    std::vector<std::string> objects;
    for (unsigned n = 1; n <= count; ++n)
      objects.push_back(versioned("tool", n, "2025-01-02T00:00:00.000Z", n % 5 == 0 ? amber_ref : green_ref,
                                  R"("name":"n")" + std::string(n % 3 == 0 ? R"(,"x_internal":1)" : "")));
    import(objects);
    fill();
  }
  std::vector<std::string> pages(FeedView::Limits limits, std::size_t limit, int times) {
    FeedView view(node.node->store().snapshot().value(), node.node->policy(), "alice",
                  node.node->clock().now(), node.node->clock().now(), limits);
    std::vector<std::string> out;
    for (int i = 0; i < times; ++i) {
      FeedQuestion question;
      question.collection = made.id;
      question.limit = limit;
      question.max_bytes = std::size_t{1} << 20;
      for (bool more = true; more;) {
        const auto page = Gate(*node.node).clear_feed(view, question).value().release();
        out.push_back(page.joined() + to_hex(*page.hash));
        more = page.more;
        question.after = page.looked_at;
      }
    }
    judged = view.judged();
    return out;
  }
  std::size_t judged = 0;
};

TEST_F(View, pages_are_the_same_whatever_is_remembered) {
  import_many(60);
  const auto expected = pages({}, 7, 2);
  EXPECT_EQ(judged, 60U) << "each once";
  EXPECT_EQ(expected.size(), 14U);
  EXPECT_EQ(pages({.decisions = 0, .bytes = std::size_t{1} << 20}, 7, 2), expected);
  EXPECT_EQ(pages({.decisions = 1'000, .bytes = 3'000}, 7, 2), expected) << "bytes are made or read again";
  EXPECT_EQ(pages({.decisions = 1'000, .bytes = 0}, 7, 2), expected);
}

// More ways to leave changed than there are recipes, and objects whose references are cut.
TEST_F(View, what_is_made_again_is_what_left_at_first) {
  node.policy = policy::Policy::load_or_closed(R"(
version = 1
[strip]
"*" = ["x_a", "x_b", "x_c", "x_d", "x_e"]
[[taxii]]
caller = "alice"
tlp = "green"
)");
  node.reopen();
  std::vector<std::string> objects;
  for (unsigned n = 0; n < 64; ++n) {
    std::string more = R"("name":"n","x_kept":)" + std::to_string(n);
    for (unsigned bit = 0; bit < 5; ++bit)
      if ((n >> bit & 1) != 0) more += std::string(R"(,"x_)") + static_cast<char>('a' + bit) + R"(":1)";
    if (n % 7 == 0) more += R"(,"created_by_ref":")" + stix_id("identity", 1) + '"';
    objects.push_back(versioned("tool", n + 1, "2025-01-02T00:00:00.000Z", green_ref, more));
  }
  objects.push_back(versioned("identity", 1, "2025-01-02T00:00:00.000Z", amber_ref, R"("name":"i")"));
  import(objects);
  fill();
  const auto expected = pages({}, 7, 1);
  EXPECT_EQ(judged, 65U);
  EXPECT_EQ(expected.size(), 10U);
  EXPECT_EQ(pages({.decisions = 1'000, .bytes = 0}, 7, 3).size(), 30U);
  EXPECT_GT(judged, 65U) << "some are judged each time";
  EXPECT_LT(judged, 65U * 3) << "others are made by a recipe";
  const auto again = pages({.decisions = 1'000, .bytes = 0}, 7, 3);
  for (std::size_t i = 0; i < again.size(); ++i) EXPECT_EQ(again[i], expected[i % expected.size()]) << i;
}

TEST_F(View, a_page_is_the_same_whoever_asked_for_its_neighbours) {
  std::vector<std::string> objects;
  for (unsigned n = 1; n <= 150; ++n)
    for (unsigned version = 1; version <= 1 + n % 3; ++version)
      objects.push_back(versioned(n % 4 == 0 ? "tool" : "campaign", n,
                                  "2025-01-0" + std::to_string(version) + "T00:00:00.000Z",
                                  n % 5 == 0 || n / 30 == 2 ? amber_ref : green_ref,
                                  R"("name":"n")" + std::string(n % 3 == 0 ? R"(,"x_internal":1)" : "")));
  import(objects);
  fill();
  const std::shared_ptr<const state::Reader> reader = node.node->store().snapshot().value();
  state::MemberFilter everything;
  everything.all = true;
  const auto members =
      reader->list_members(made.id, Timestamp::from_microseconds(INT64_MIN), everything, 1'000)->members;
  ASSERT_EQ(members.size(), 300U);

  const auto view = [&](std::size_t bytes) {
    FeedView::Limits limits;
    limits.bytes = bytes;
    return std::make_unique<FeedView>(reader, node.node->policy(), "alice", node.node->clock().now(),
                                      node.node->clock().now(), limits);
  };
  std::mt19937 random(5);
  const auto pick = [&](std::size_t most) { return static_cast<std::size_t>(random() % most); };
  const std::unique_ptr<FeedView> kept[] = {view(std::size_t{64} << 20), view(20'000), view(0)};
  const int rounds = std::getenv("PARLEY_LONG") != nullptr ? 20'000 : 80;
  for (int round = 0; round < rounds; ++round) {
    FeedQuestion question;
    question.collection = made.id;
    question.part = pick(4) == 0 ? FeedPart::manifest : FeedPart::objects;
    question.after =
        members[pick(members.size())].added + std::chrono::microseconds(static_cast<int>(pick(3)) - 1);
    question.limit = 1 + pick(pick(5) == 0 ? 200 : 20);
    question.max_bytes = pick(6) == 0 ? 2'000 : 1 << 20;
    question.filter.all = pick(3) == 0;
    question.filter.first = pick(4) == 0;
    if (pick(3) == 0) question.filter.types = {"campaign"};
    if (pick(8) == 0) question.filter.ids = {members[pick(members.size())].id};
    const FeedPage expected = Gate(*node.node).clear_feed(*view(0), question).value().release();
    if (round % 40 == 39) kept[0]->forget_objects();
    for (const auto& one : kept) {
      const FeedPage page = Gate(*node.node).clear_feed(*one, question).value().release();
      ASSERT_EQ(page.joined(), expected.joined()) << round;
      ASSERT_EQ(page.hash, expected.hash);
      ASSERT_EQ(page.objects, expected.objects);
      ASSERT_EQ(page.more, expected.more) << round;
      ASSERT_EQ(page.first, expected.first);
      ASSERT_EQ(page.last, expected.last);
      ASSERT_LE(one->stretches().bytes(), (std::size_t{64} << 20));
      // Where to go on: nothing between the two places can be seen.
      FeedQuestion next = question;
      next.after = page.looked_at;
      const FeedPage behind = Gate(*node.node).clear_feed(*one, next).value().release();
      next.after = expected.looked_at;
      ASSERT_EQ(behind.joined(), Gate(*node.node).clear_feed(*view(0), next).value().release().joined());
    }
  }
  EXPECT_LE(kept[0]->judged(), 300U) << "each once";
}

// Objects of more bytes than may be made at once, and than may be kept.
TEST_F(View, large_objects_do_not_take_more_room_than_there_is) {
  const std::string text(400'000, 'x');
  std::vector<std::string> objects;
  for (unsigned n = 1; n <= 12; ++n)
    objects.push_back(versioned(
        "tool", n, "2025-01-02T00:00:00.000Z", green_ref,
        R"("name":"n","description":")" + text + '"' + std::string(n % 3 == 0 ? R"(,"x_internal":1)" : "")));
  import(objects);
  fill();
  FeedView view(node.node->store().snapshot().value(), node.node->policy(), "alice", node.node->clock().now(),
                node.node->clock().now(), {.decisions = 1'000, .bytes = 1'000'000});
  FeedQuestion question;
  question.collection = made.id;
  question.limit = 12;
  question.max_bytes = std::size_t{64} << 20;
  for (int round = 0; round < 2; ++round) {
    const FeedPage page = Gate(*node.node).clear_feed(view, question).value().release();
    EXPECT_EQ(page.objects, 12U);
    EXPECT_LE(view.object_bytes(), 1'500'000U);
  }
  // A page that is full of bytes has made few of those behind it.
  question.max_bytes = 1;
  FeedView small(node.node->store().snapshot().value(), node.node->policy(), "alice",
                 node.node->clock().now(), node.node->clock().now(), {});
  EXPECT_EQ(Gate(*node.node).clear_feed(small, question).value().release().objects, 1U);
  EXPECT_LE(small.stretches().bytes(), FeedView::max_made_bytes + 2 * 500'000);
}

TEST_F(View, a_page_outlives_what_is_forgotten_behind_it) {
  import_many(60);
  FeedView view(node.node->store().snapshot().value(), node.node->policy(), "alice", node.node->clock().now(),
                node.node->clock().now(), {.decisions = 1'000, .bytes = 3'000});
  FeedQuestion question;
  question.collection = made.id;
  question.limit = 5;
  question.max_bytes = 1 << 20;
  const FeedPage first = Gate(*node.node).clear_feed(view, question).value().release();
  const std::string before = first.joined();
  for (bool more = true; more;) {
    const FeedPage page = Gate(*node.node).clear_feed(view, question).value().release();
    question.after = page.looked_at;
    more = page.more;
  }
  EXPECT_EQ(first.joined(), before);
}

TEST_F(View, callers_share_the_room_for_objects) {
  import_many(60);
  TaxiiSettings settings;
  settings.view_bytes = 20'000;
  settings.cached_pages_bytes = 0;
  restart(settings);
  const auto alice = ids(get(path()));
  const auto bob = ids(get(path(), "", "bob"));
  EXPECT_LT(alice.size(), bob.size());
  std::size_t most = 0;
  for (int round = 0; round < 10; ++round)
    for (const char* caller : {"alice", "bob", "writer"}) {
      const std::string query = "limit=" + std::to_string(20 + round);
      const auto page = ids(get(path(), query, caller));
      const auto& all = std::string_view(caller) == "alice" ? alice : bob;
      EXPECT_TRUE(std::equal(page.begin(), page.end(), all.begin())) << caller;
      EXPECT_EQ(page.size(), std::min<std::size_t>(all.size(), 20 + static_cast<std::size_t>(round)));
      most = std::max(most, service->object_bytes());
    }
  EXPECT_GT(most, 20'000U);
  EXPECT_LT(most, 60'000U) << "what is left of the others, and one caller's own";
  EXPECT_LE(service->judged(), 180U) << "decisions stay";
}

TEST_F(View, the_hash_of_a_statement_can_be_told_from_the_objects_that_left) {
  const std::string one = versioned("tool", 1, "2025-01-02T00:00:00.000Z", green_ref, R"("name":"n")");
  const std::string two = versioned("tool", 2, "2025-01-02T00:00:00.000Z", green_ref, R"("name":"n")");
  import({one, two});
  fill();
  const std::uint64_t before = node.ledger->size().value();
  ASSERT_NE(get(path()).body->find(one + ',' + two), std::string::npos);
  ASSERT_TRUE(service->close());
  const Recorded recorded = recorded_at(*node.node, before).value();
  const Json payload = encoding::parse_json(record::peek_statement(recorded.jws).value().payload).value();
  crypto::Sha256 page;
  for (const std::string& object : {one, two}) page.update(BytesView(crypto::sha256(as_bytes(object))));
  const std::string line = to_hex(page.finish()) + " 1\n";
  EXPECT_EQ(payload.string_member("pages_hash").value(), to_hex(crypto::sha256(as_bytes(line))));
}

TEST_F(View, a_decision_outlives_every_change_that_does_not_concern_it) {
  import_many(60);
  import({indicator(1, green_ref, "a.example.org"),
          versioned("tool", 71, "2025-01-02T00:00:00.000Z", green_ref,
                    R"("name":"n","description":"reads b.example.org")"),
          versioned("report", 72, "2025-01-02T00:00:00.000Z", green_ref,
                    R"("name":"r","published":"2025-01-01T00:00:00Z","object_refs":[")" + stix_id("tool", 1) +
                        R"(",")" + stix_id("tool", 99) + R"("])")});
  const std::size_t seen = ids(get(path())).size();
  EXPECT_EQ(service->judged(), 63U) << "each once";
  // What is new is judged; what is held is not judged again.
  import({versioned("tool", 81, "2025-01-02T00:00:00.000Z", green_ref, R"("name":"n")")});
  EXPECT_EQ(ids(get(path())).size(), seen + 1);
  const std::uint64_t before = service->judged();
  for (unsigned n = 82; n < 90; ++n) {
    import({versioned("tool", n, "2025-01-02T00:00:00.000Z", green_ref, R"("name":"n")"),
            indicator(n, green_ref, "n" + std::to_string(n) + ".example.org")});
    ids(get(path()));
  }
  EXPECT_EQ(service->judged(), before + 16) << "the two of each import";
  EXPECT_EQ(
      post(envelope({versioned("tool", 90, "2025-01-02T00:00:00.000Z", green_ref, R"("name":"n")")})).status,
      202);
  ids(get(path()));
  EXPECT_EQ(service->judged(), before + 17) << "and of a POST";

  const auto concerned = [&](const std::vector<std::string>& objects) {
    const std::uint64_t judged = service->judged();
    import(objects, {}, "other");
    ids(get(path()));
    return service->judged() - judged;
  };
  EXPECT_EQ(concerned({indicator(9, amber_ref, "a.example.org")}), 2U) << "it, and whose value it shares";
  EXPECT_EQ(concerned({indicator(8, amber_ref, "b.example.org")}), 2U) << "it, and who speaks of its value";
  EXPECT_EQ(concerned({versioned("tool", 99, "2025-01-02T00:00:00.000Z", amber_ref, R"("name":"n")")}), 2U)
      << "it, and who refers to it";
}

TEST_F(View, decisions_that_nobody_knows_what_they_were_made_from_end_with_a_change) {
  import_many(60);
  TaxiiSettings settings;
  settings.made_from = 40;
  restart(settings);
  const auto before = ids(get(path()));
  EXPECT_EQ(service->judged(), 60U);
  ids(get(path(), "limit=7"));
  EXPECT_EQ(service->judged(), 60U) << "all of them as long as nothing changes";
  import({versioned("tool", 81, "2025-01-02T00:00:00.000Z", green_ref, R"("name":"n")")});
  EXPECT_EQ(ids(get(path())).size(), before.size() + 1);
  EXPECT_GT(service->judged(), 61U);
  EXPECT_LT(service->judged(), 60U + 61U) << "the youngest are kept";
}

TEST_F(View, what_is_kept_is_what_would_be_decided_anew) {
  import_many(3);
  ids(get(path()));
  std::uint64_t state = 7;
  const auto pick = [&state](std::uint64_t most) {
    state = state * 6364136223846793005 + 1442695040888963407;
    return static_cast<unsigned>((state >> 33) % most);
  };
  const std::string own_marking = "marking-definition--00000000-0000-4000-8000-0000000000aa";
  const int rounds = std::getenv("PARLEY_LONG") != nullptr ? 400 : 16;
  for (int round = 0; round < rounds; ++round) {
    if (round == rounds / 2) {
      // From now on of some it is always forgotten what they were made from.
      TaxiiSettings settings;
      settings.made_from = 40;
      restart(settings);
    }
    const unsigned number = pick(8) + 100;
    const std::string host = "h" + std::to_string(pick(6)) + ".example.org";
    const std::string marking = std::array{green_ref, amber_ref, clear_ref, own_marking}[pick(4)];
    const std::string modified = "2025-01-0" + std::to_string(1 + pick(3)) + "T00:00:00.000Z";
    std::string object;
    switch (pick(6)) {
      case 0:
        object = indicator(number, marking, host);
        break;
      case 1:
        object = versioned(
            "tool", number, modified, marking,
            R"("name":"n","description":"see )" + host + " and " + stix_id("tool", pick(8) + 100) + R"(")");
        break;
      case 2:
        object = versioned("report", number, modified, marking,
                           R"("name":"r","published":"2025-01-01T00:00:00Z","object_refs":[")" +
                               stix_id("tool", pick(8) + 100) + R"(",")" +
                               stix_id("indicator", pick(8) + 100) + R"("])");
        break;
      case 3:
        object =
            versioned("relationship", number, modified, marking,
                      R"("relationship_type":"related-to","source_ref":")" + stix_id("tool", pick(8) + 100) +
                          R"(","target_ref":")" + stix_id("indicator", pick(8) + 100) + R"(")");
        break;
      case 4:
        object = R"({"type":"marking-definition","spec_version":"2.1","id":")" + own_marking +
                 R"(","created":"2025-01-01T00:00:00.000Z","definition_type":"tlp","definition":{"tlp":")" +
                 std::array{"green", "amber"}[pick(2)] + R"("}})";
        break;
      default:
        object = versioned("malware", number, modified, marking,
                           R"("is_family":false,"name":"m","labels":[")" +
                               std::string(pick(3) == 0 ? "classified" : "plain") + R"("])");
    }
    ImportOptions options;
    options.format = intel::InputFormat::stix;
    Import import(*node.node, options, lists, {});
    ASSERT_TRUE(import.begin_file("source " + std::to_string(pick(2)), ""));
    ASSERT_TRUE(import.feed(as_bytes(envelope({object}))));
    ASSERT_TRUE(import.end_file());
    ASSERT_TRUE(import.finish());  // some are rejects: the same version with another content
    const std::string caller = round % 2 == 0 ? "alice" : "bob";
    const std::string kept = *get(path(), "", caller).body;
    TaxiiService fresh(*node.node, lists);
    taxii::Request request;
    const std::string where = path();
    request.path = where;
    request.caller = caller;
    ASSERT_EQ(kept, *fresh.answer(request).body) << round << " " << object;
  }
}

}  // namespace
}  // namespace parley::exchange
