#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "crypto/hash.hpp"
#include "intel/selector.hpp"
#include "policy/match_rules.hpp"
#include "policy/question.hpp"

namespace parley::policy {

enum class Outcome { deny, needs_approval, permit };
std::string_view outcome_name(Outcome outcome);

/// A rule that took part, by its stable name (docs/spec/policy.md lists them), and what it said in plain
/// words. `why` may name values of the object and stays inside the node.
struct Fired {
  std::string rule;
  std::string why;
};

/// Who must agree.
struct Approvals {
  std::uint32_t count = 0;         ///< how many officers
  std::vector<std::string> units;  ///< only officers of these units count; empty: any unit
  bool different_units = true;     ///< no two of one unit
};

/// "2 officers must agree, no two of one unit".
std::string describe(const Approvals& approvals);

struct Decision {
  Outcome outcome = Outcome::deny;
  std::vector<Fired> fired;        ///< what decided: all denials, or what permitted
  std::vector<std::string> strip;  ///< top-level properties that must be taken out of this object
  Approvals approvals;             ///< for `needs_approval`

  /// Rule names, each once, in the order in which they fired.
  std::vector<std::string> rules() const;
  /// The reasons joined into one line.
  std::string why() const;
  /// The refusal as an error; call it on a denial only.
  std::unexpected<Error> refusal() const;
};

/// What the policy says of pushing to a collection of somebody else's TAXII server.
struct PushRule {
  std::string peer;       ///< whose it is: name or origin of a peer; empty: nobody's whom this node knows
  bool standing = false;  ///< its entry is what people agree to: no officer is asked for a single push
};

/// The rules of this node: what may leave, to whom. Read from policy.toml, named by the SHA-256 of its bytes,
/// and tested by its own what-if cases at every load.
///
/// Deny by default; deny wins; a file that fails to load gives `closed`, which denies everything.
/// Immutable, so safe to share.
class Policy {
 public:
  /// Largest policy file that is read.
  static constexpr std::size_t max_bytes = std::size_t{1} << 20;

  /// Parses and self-tests. Fails with the line, or with the name of the test that did not turn out as
  /// written. Unknown keys, peers named twice and unreadable values are errors: a rule that is silently off
  /// is worse than a node that stands still.
  static Result<Policy> load(std::string_view toml);

  /// The policy in force when there is none: denies every question by the rule `policy-not-loaded`.
  static Policy closed(std::string why);

  /// Loads, or closes with the reason. What a running node calls.
  static Policy load_or_closed(std::string_view toml);

  /// SHA-256 of the file's bytes (of nothing for a closed policy).
  const crypto::Hash256& hash() const;
  /// `hash` in hexadecimal: the policy version in decisions.
  std::string version() const;
  bool is_closed() const;
  /// Why it is closed; empty when it is not.
  const std::string& closed_because() const;

  Decision decide(const Question& question) const;

  /// Whether an item is off limits altogether: the reason to hold it back at import. Empty when it is not.
  std::vector<Fired> off_limits(const ObjectFacts& object) const;
  /// Whether `off_limits` looks at the selectors of an object, and at what it refers to: when not, bulk work
  /// need not gather them.
  bool has_off_limits_values() const;
  bool has_off_limits_actors() const;
  /// STIX types, STIX ids, and names (in lower case) that are off limits: for finding the holdings that they
  /// reach in a store whose objects came before the rules.
  std::vector<std::string> off_limits_types() const;
  std::vector<std::string> off_limits_actors() const;
  /// Whether this selector is listed in `off_limits.values`.
  bool is_off_limits(const intel::Selector& selector) const;
  /// The open case that these labels put an object into: the label, or what stands behind "label:". Empty
  /// for none.
  std::string open_case_of(const std::vector<std::string>& labels) const;
  /// Caps, budgets and the rest of what the policy says of matches.
  const MatchRules& match_rules() const;
  /// What this act needs, whatever the object.
  const Approvals& approvals(Act act) const;
  /// By the URL of the collection, its `caller`; what it may get is asked as for any other caller.
  PushRule push_rule(std::string_view caller) const;
  /// The names of the what-if cases that ran when it was loaded.
  const std::vector<std::string>& tests() const;

  struct Rules;

 private:
  explicit Policy(std::shared_ptr<const Rules> rules) : rules_(std::move(rules)) {}
  std::shared_ptr<const Rules> rules_;
};

/// A decision in plain words, one line a rule: what `policy explain` prints.
std::string explain(const Question& question, const Decision& decision);

/// The policy.toml that `init` writes: valid, tested, and nothing leaves.
std::string_view default_policy_toml();

}  // namespace parley::policy
