#include "exchange/feed_view.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

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
    const auto verdict = static_cast<Verdicts::Verdict>(1 + n % 7 % 3);
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
