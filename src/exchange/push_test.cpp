#include "exchange/push.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exchange/release_fixture.hpp"
#include "exchange/taxii_book.hpp"
#include "record/jws.hpp"

namespace parley::exchange {
namespace {

using encoding::Json;
using testing::HasSubstr;
using testing::Not;

const std::string inbox = "https://taxii.example.org/r/collections/c/";

/// ReleaseWorld's alpha with a collection of everything, and rules about an inbox.
struct PushWorld : ReleaseWorld {
  explicit PushWorld(const std::string& entry = "") {
    add_rules("[[taxii]]\ncaller = \"" + inbox + "\"\ntlp = \"green\"\n" + entry);
  }
  void fill(const std::vector<std::string>& objects) {
    import(objects);
    TaxiiCollection collection;
    collection.title = "Outgoing";
    ASSERT_TRUE(add_collection(*alpha.node, collection));
    auto run = CollectionFill::begin(*alpha.node, "Outgoing", {.all = true}).value();
    while (!run.step().value()) continue;
  }
  PushQuestion of_collection() const {
    PushQuestion out;
    out.destination = inbox;
    out.collection = "Outgoing";
    return out;
  }
  PushQuestion under_agreement(const std::string& purpose = "fraud") const {
    PushQuestion out = of_collection();
    out.agreement = agreement;
    out.purpose = purpose;
    return out;
  }
  PushQuestion of_release(const std::string& id) const {
    PushQuestion out;
    out.destination = inbox;
    out.release = id;
    return out;
  }
  /// Everything that leaves, in one text.
  Result<std::string> push(const PushQuestion& question) {
    PARLEY_TRY(PushFeed feed, PushFeed::begin(*alpha.node, question));
    std::string out;
    for (;;) {
      PARLEY_TRY(std::optional<PushPage> page, feed.next());
      if (!page) return out;
      last = page->ledger_index;
      if (auto* const objects = std::get_if<Cleared<FeedPage>>(&page->what))
        out += objects->value().joined();
      else
        out += as_text(std::get<Cleared<Bytes>>(page->what).value());
      PARLEY_CHECK(feed.delivered());
    }
  }
  Json statement() const {
    const Recorded recorded = recorded_at(*alpha.node, last).value();
    EXPECT_EQ(recorded.kind, "parley/pushed/1");
    return encoding::parse_json(record::peek_statement(recorded.jws).value().payload).value();
  }
  std::uint64_t last = 0;
};

const std::string of_bravo = "peer = \"CERT Bravo\"\n";
const std::string no_officers = "[approvals.release]\ncount = 0\n";

TEST(Push, where_a_release_needs_officers_a_push_without_one_is_refused) {
  PushWorld world;
  world.fill({indicator(1, green_ref, "one.example.org")});
  const auto refused = world.push(world.of_collection());
  EXPECT_TRUE(refused_by(refused, "approvals")) << text_of(refused);
  PushWorld standing("standing = true\n");
  standing.fill({indicator(1, green_ref, "one.example.org")});
  EXPECT_THAT(standing.push(standing.of_collection()).value(), HasSubstr(stix_id("indicator", 1)));
  EXPECT_FALSE(standing.statement().contains("agreement"));
  PushWorld free(no_officers);
  free.fill({indicator(1, green_ref, "one.example.org")});
  EXPECT_TRUE(free.push(free.of_collection()));
}

TEST(Push, a_collection_of_a_peer_wants_an_agreement_with_that_peer) {
  PushWorld world(of_bravo + no_officers);
  world.fill({indicator(1, green_ref, "one.example.org")});
  const auto without = world.push(world.of_collection());
  EXPECT_TRUE(refused_by(without, "no-agreement")) << text_of(without);
  const auto purpose = world.push(world.under_agreement("counter-terrorism"));
  EXPECT_TRUE(refused_by(purpose, "agreement-purpose")) << text_of(purpose);
  EXPECT_THAT(world.push(world.under_agreement()).value(), HasSubstr(stix_id("indicator", 1)));
  const Json told = world.statement();
  EXPECT_EQ(told.string_member("recipient").value(), world.bravo.origin);
  EXPECT_EQ(told.string_member("agreement").value(), world.agreement);
  EXPECT_EQ(told.string_member("purpose").value(), "fraud");
  EXPECT_EQ(told.array_member("authorities").value()->size(), 2U);
  EXPECT_EQ(told.string_member("destination").value(), inbox);
  EXPECT_FALSE(told.string_member("policy_version").value().empty());

  PushWorld nobodys(no_officers);
  nobodys.fill({indicator(1, green_ref, "one.example.org")});
  const auto whose = nobodys.push(nobodys.under_agreement());
  EXPECT_TRUE(refused_by(whose, "push-peer")) << text_of(whose);
}

TEST(Push, an_agreement_that_ends_stops_a_push_between_two_pages) {
  PushWorld world(of_bravo + no_officers);
  world.fill({indicator(1, green_ref, "one.example.org"), indicator(2, green_ref, "two.example.org")});
  PushQuestion question = world.under_agreement();
  question.page_objects = 1;
  PushFeed feed = PushFeed::begin(*world.alpha.node, question).value();
  ASSERT_TRUE(feed.next().value());
  ASSERT_TRUE(feed.delivered());
  ASSERT_TRUE(suspend_agreement(*world.alpha.node, world.agreement, "a test"));
  const auto next = feed.next();
  EXPECT_TRUE(refused_by(next, "agreement-not-in-force")) << text_of(next);
  const auto begin = PushFeed::begin(*world.alpha.node, question);
  EXPECT_TRUE(refused_by(begin, "agreement-not-in-force")) << text_of(begin);
}

TEST(Push, officers_are_asked_under_an_agreement_too_and_the_peers_ceiling_counts) {
  PushWorld world(of_bravo);
  world.fill({indicator(1, green_ref, "one.example.org")});
  const auto refused = world.push(world.under_agreement());
  EXPECT_TRUE(refused_by(refused, "approvals")) << text_of(refused);
  // What the collection's entry lets pass and the peer's does not stays here.
  PushWorld open;
  open.fill({indicator(1, green_ref, "one.example.org"), indicator(2, amber1_ref, "two.example.org")});
  const auto rules = policy::Policy::load(R"(version = 1
purposes = ["fraud"]
[[peer]]
name = "CERT Bravo"
tlp = "green"
[[taxii]]
caller = ")" + inbox + R"("
tlp = "amber"
peer = "CERT Bravo"
standing = true
)")
                         .value();
  open.alpha.node->set_policy(rules);
  const std::string sent = open.push(open.under_agreement()).value();
  EXPECT_THAT(sent, HasSubstr(stix_id("indicator", 1)));
  EXPECT_THAT(sent, Not(HasSubstr(stix_id("indicator", 2))));
}

TEST(Push, exactly_the_package_of_an_approved_release_leaves_and_the_ledger_says_under_what) {
  PushWorld world(of_bravo);
  const Release proposed = world.propose();
  const auto early = world.push(world.of_release(proposed.id));
  EXPECT_TRUE(refused_by(early, "release-state")) << text_of(early);
  ASSERT_TRUE(world.approve(proposed, "Olga"));
  EXPECT_TRUE(refused_by(world.push(world.of_release(proposed.id)), "release-state"));
  ASSERT_TRUE(world.approve(proposed, "Lena"));
  const std::uint64_t before = world.alpha.ledger->size().value();
  EXPECT_EQ(world.push(world.of_release(proposed.id)).value(), proposed.package);
  EXPECT_EQ(world.alpha.ledger->size().value(), before + 2) << "delivery and push";
  EXPECT_EQ(recorded_at(*world.alpha.node, before).value().kind, "parley/delivery/1");
  const Json told = world.statement();
  EXPECT_EQ(told.string_member("release").value(), proposed.id);
  EXPECT_EQ(told.string_member("decision_hash").value(), to_hex(proposed.terms.hash()));
  EXPECT_EQ(told.string_member("page_hash").value(), to_hex(proposed.terms.package_hash));
  EXPECT_EQ(told.string_member("recipient").value(), world.bravo.origin);
  EXPECT_EQ(told.uint_member("objects").value(), proposed.leaves.size());
  EXPECT_EQ(find_release(*world.alpha.node, proposed.id).value().state, ReleaseState::attempted);
  EXPECT_TRUE(world.push(world.of_release(proposed.id))) << "what broke off is sent again";
  EXPECT_EQ(world.alpha.ledger->size().value(), before + 3) << "one delivery, two pushes";
}

TEST(Push, a_release_goes_to_no_collection_but_one_of_its_recipient) {
  PushWorld nobodys;
  const Release release = nobodys.approved();
  const auto whose = nobodys.push(nobodys.of_release(release.id));
  EXPECT_TRUE(refused_by(whose, "push-peer")) << text_of(whose);
  PushWorld other("peer = \"CERT Charlie\"\n");
  EXPECT_TRUE(refused_by(other.push(other.of_release(other.approved().id)), "push-peer"));
  // The collection's own ceiling counts as well: nothing of an AMBER release goes to one for GREEN.
  PushWorld world(of_bravo);
  world.import({indicator(2, amber1_ref, "two.example.org")});
  const Release amber = propose_release(*world.alpha.node, world.asked({stix_id("indicator", 2)})).value();
  ASSERT_TRUE(world.approve(amber, "Olga"));
  ASSERT_TRUE(world.approve(amber, "Lena"));
  const auto ceiling = world.push(world.of_release(amber.id));
  EXPECT_TRUE(refused_by(ceiling, "tlp-ceiling")) << text_of(ceiling);
  // Rules that change void what officers signed: nobody makes a collection the recipient's afterwards.
  PushWorld changed;
  const Release signed_before = changed.approved();
  changed.add_rules("[[taxii]]\ncaller = \"" + inbox + "\"\ntlp = \"green\"\n" + of_bravo);
  const auto late = changed.push(changed.of_release(signed_before.id));
  EXPECT_TRUE(refused_by(late, "policy-changed")) << text_of(late);
}

}  // namespace
}  // namespace parley::exchange
