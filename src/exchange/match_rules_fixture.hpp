#pragma once

// Runs of a match between two nodes in memory, for tests of what is decided around the protocol.

#include <memory>
#include <string>

#include "exchange/match_proposal.hpp"
#include "exchange/match_session.hpp"
#include "exchange/two_nodes_fixture.hpp"

namespace parley::exchange {

inline intel::Selector test_ip(unsigned number) {
  return {intel::SelectorType::ipv4_addr,
          "198.51." + std::to_string(number / 256) + "." + std::to_string(number % 256)};
}
inline intel::Selector test_host(unsigned number) {
  return {intel::SelectorType::domain_name, "h" + std::to_string(number) + ".example.org"};
}

struct MatchWorld : TwoNodes {
  using TwoNodes::TwoNodes;

  /// Other rules at a node: those of the fixture and more.
  void add_rules(MemoryNode& at, std::string_view more) {
    auto loaded = policy::Policy::load(std::string(two_nodes_policy) + std::string(more));
    ASSERT_TRUE(loaded) << loaded.error().text();
    auto& kept = &at == &alpha ? alpha_rules_ : bravo_rules_;
    kept = std::make_unique<policy::Policy>(std::move(*loaded));
    at.node->set_policy(*kept);
  }
  /// One officer has to agree to each match at a node.
  void ask_officers(MemoryNode& at) {
    std::string text(two_nodes_policy);
    text.replace(text.find("count = 0"), 9, "count = 1");
    auto& kept = &at == &alpha ? alpha_rules_ : bravo_rules_;
    kept = std::make_unique<policy::Policy>(policy::Policy::load(text).value());
    at.node->set_policy(*kept);
    officer_key = crypto::SigningKey::generate(at.entropy);
    ASSERT_TRUE(add_officer(*at.node, "Olga", "Operations", officer_key.public_key()));
  }
  Result<MatchProposal> say(MemoryNode& at, const std::string& id, Verdict verdict) {
    PARLEY_TRY(const ApprovalRequest request, request_match_approval(*at.node, id, "Olga"));
    PARLEY_TRY(const std::string answer, sign_approval(request, verdict, officer_key, at.clock, at.entropy));
    return submit_match_approval(*at.node, answer);
  }

  /// One session; the machines stay for looking at.
  Wire run(const MatchQuestion& question, const Meddle& meddle = {}) {
    initiator =
        std::make_unique<MatchInitiator>(*alpha.node, alpha_runs, session(peer::Side::initiator), question);
    return wire(meddle);
  }
  Wire run(PreparedMatch prepared) {
    initiator = std::make_unique<MatchInitiator>(*alpha.node, alpha_runs, session(peer::Side::initiator),
                                                 std::move(prepared));
    return wire({});
  }

  crypto::SigningKey officer_key = crypto::SigningKey::generate(alpha.entropy);
  std::unique_ptr<MatchInitiator> initiator;
  std::unique_ptr<MatchResponder> responder;

 private:
  Wire wire(const Meddle& meddle) {
    responder = std::make_unique<MatchResponder>(*bravo.node, bravo_runs, session(peer::Side::responder),
                                                 initiator->session());
    return drive(*initiator, *responder, meddle);
  }
  std::unique_ptr<policy::Policy> alpha_rules_;
  std::unique_ptr<policy::Policy> bravo_rules_;
};

inline PreparedMatch prepare_all(MemoryNode& at, const MatchQuestion& question,
                                 std::optional<SetSecrets> secrets = {}) {
  auto preparation =
      MatchPreparation::begin(*at.node, question, peer::Side::initiator, {}, std::move(secrets));
  EXPECT_TRUE(preparation) << preparation.error().text();
  while (!preparation->step().value()) {
  }
  return std::move(*preparation).take();
}

/// The error of a result, its value left out.
template <class T>
Result<void> drop(const Result<T>& result) {
  if (!result) return std::unexpected(result.error());
  return {};
}

inline bool refused_for(const Result<void>& result, std::string_view rule) {
  return !result && std::ranges::find(result.error().rules, rule) != result.error().rules.end();
}

}  // namespace parley::exchange
