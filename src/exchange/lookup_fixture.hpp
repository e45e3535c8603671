#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "exchange/lookup_ask.hpp"
#include "exchange/lookup_book.hpp"
#include "exchange/lookup_session.hpp"
#include "exchange/two_nodes_fixture.hpp"

/// Two nodes under an agreement with look-ups, the asked one with a few domains.
namespace parley::exchange {

inline intel::Selector domain(const std::string& name) {
  return {intel::SelectorType::domain_name, name};
}

inline std::vector<intel::Selector> domains(std::initializer_list<const char*> names) {
  std::vector<intel::Selector> out;
  for (const char* name : names) out.push_back(domain(name));
  return out;
}

struct LookupOutcome {
  Wire wire;
  std::optional<LookupRun> run;
  std::vector<LookedUp> findings;

  std::vector<std::string> hits() const {
    std::vector<std::string> out;
    for (const LookedUp& one : findings)
      if (one.hit) out.push_back(one.selector.value);
    return out;
  }
};

struct LookupWorld {
  TwoNodes nodes;
  MemoryLookupStore alpha_files;
  MemoryLookupStore bravo_files;

  explicit LookupWorld(std::uint64_t per_day = 100, bool labels = false)
      : nodes([=](AgreementTerms& terms) {
          terms.lookups_per_day = per_day;
          terms.lookup_labels = labels;
        }) {
    TwoNodes::hold(nodes.bravo, domains({"a.example.org", "b.example.org", "c.example.org"}));
    TwoNodes::hold(nodes.bravo, domains({"red.example.org"}), state::MarkingCode::red);
    TwoNodes::hold(nodes.bravo, domains({"case.example.org"}), state::MarkingCode::green, true);
  }

  peer::PeerSession session(peer::Side side) const {
    peer::PeerSession out = nodes.session(side);
    out.features = {std::string(lookup_feature)};
    out.transcript = crypto::Hash256{9};
    return out;
  }
  LookupQuestion question() const { return {"CERT Bravo", nodes.agreement, "fraud"}; }

  LookupOutcome look_up(std::vector<intel::Selector> values, const Meddle& meddle = {}) {
    LookupInitiator initiator(*nodes.alpha.node, alpha_files, session(peer::Side::initiator), question(),
                              std::move(values));
    LookupResponder responder(*nodes.bravo.node, bravo_files, session(peer::Side::responder),
                              initiator.session());
    LookupOutcome out;
    out.wire = drive(initiator, responder, meddle);
    out.run = initiator.run();
    out.findings = initiator.findings();
    return out;
  }
  SetName name(bool own) {
    MemoryNode& node = own ? nodes.bravo : nodes.alpha;
    return {own, own ? nodes.alpha.origin : nodes.bravo.origin, nodes.agreement, "fraud",
            lookup_epoch(*node.node)};
  }
  std::optional<KnownSet> known(bool own) {
    MemoryNode& node = own ? nodes.bravo : nodes.alpha;
    const auto reader = node.store->snapshot().value();
    return find_set(*reader, name(own)).value();
  }
  bool has_key() {
    const auto reader = nodes.bravo.store->snapshot().value();
    return find_set_key(*reader, name(true)).value().has_value();
  }
};

inline bool refused_by(const Result<void>& result, const std::string& rule) {
  return !result && result.error().kind == ErrorKind::refused &&
         std::ranges::find(result.error().rules, rule) != result.error().rules.end();
}

}  // namespace parley::exchange
