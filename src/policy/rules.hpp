#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "crypto/hash.hpp"
#include "policy/match_rules.hpp"
#include "policy/policy.hpp"

namespace parley::policy {

/// What may go to one peer.
struct PeerRule {
  std::string name;    ///< empty: any name
  std::string origin;  ///< empty: any origin
  intel::TlpLevel tlp = intel::TlpLevel::clear;
  std::optional<intel::PapLevel> pap;
  PushRule push;  ///< of callers
};

/// One embedded what-if case.
struct WhatIf {
  std::string name;
  Question question;
  Outcome expect = Outcome::deny;
  std::string rule;  ///< must be among those that fired; empty: any
};

/// policy.toml, read.
struct Policy::Rules {
  bool closed = false;
  std::string closed_why;
  crypto::Hash256 hash{};

  std::vector<std::string> purposes;
  std::vector<PeerRule> peers;
  std::vector<PeerRule> callers;  ///< of TAXII, by name

  std::set<std::string, std::less<>> off_labels;
  std::set<std::string, std::less<>> off_types;
  std::unordered_set<std::string> off_values;     ///< "type:value", canonical
  std::set<std::string, std::less<>> off_actors;  ///< STIX ids as they are, names in lower case

  std::set<std::string, std::less<>> case_labels;  ///< labels that make an object part of an open case
  std::set<std::string, std::less<>> match_cases;  ///< open cases that may be matched all the same
  std::set<std::string, std::less<>> release_cases;

  bool strip_free_text = false;  ///< take the text out instead of keeping the object back
  std::map<std::string, std::vector<std::string>, std::less<>> strip;  ///< by type; "*" for all

  MatchRules match;

  Approvals match_approvals{0, {}, true};
  Approvals release_approvals{2, {}, true};
  Approvals export_approvals{2, {}, true};
  Approvals taxii_approvals{
      0, {}, true};  ///< reading goes on day and night: the policy is what people agree to

  std::vector<WhatIf> tests;
  std::vector<std::string> test_names;
};

/// Properties that are never taken out: without them an object is no STIX object any more, or travels without
/// its marking.
bool is_kept_property(std::string_view property);

/// ASCII lower case; names of actors are compared so.
std::string lower_ascii(std::string_view text);

/// "type:value", as rules and facts write a selector.
std::string rule_value(const intel::Selector& selector);
/// The same from a text that a person wrote, brought into canonical form.
Result<std::string> canonical_rule_value(std::string_view text);

/// policy.toml into rules, without running its tests.
Result<Policy::Rules> parse_rules(std::string_view toml);

/// Runs the what-if cases of the file and those that hold for every policy; the first that fails is the
/// error.
Result<void> run_tests(const Policy& policy, const Policy::Rules& rules);

}  // namespace parley::policy
