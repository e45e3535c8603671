#include "exchange/feed_view.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace parley::exchange
