#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "exchange/cleared.hpp"
#include "exchange/peers.hpp"
#include "intel/selector.hpp"
#include "match/parameters.hpp"
#include "policy/policy.hpp"

namespace parley::state {
struct StoredMispEvent;
}

namespace parley::exchange {

/// The own side of a match: canonical selectors, in the order of their bytes in a match (type name, value),
/// each once.
struct SelectorSet {
  std::vector<intel::Selector> selectors;
  /// How many holdings stayed behind, by the rule that held them: "tlp-ceiling" -> 12.
  std::map<std::string, std::uint64_t> held_out;
};

/// What a match asks of the gate.
struct MatchQuestion {
  std::string peer;       ///< name or origin
  std::string agreement;  ///< hash
  std::string purpose;
  std::vector<intel::SelectorType> types;  ///< empty: all types of the agreement
  policy::MatchOutput output = policy::MatchOutput::size;
  match::Learner learner = match::Learner::receiver;
  std::vector<match::Protocol>
      protocols;                        ///< from which the choice is made; empty: all that the policy wants
  std::optional<match::Prefer> prefer;  ///< empty: as the sizes say
};

/// What a release or an export asks of the gate.
struct PackageQuestion {
  policy::Act act = policy::Act::release;
  std::string peer;       ///< name or origin
  std::string agreement;  ///< hash
  std::string purpose;
};

struct MatchRun;
struct Release;
class SetClearing;
struct FeedPage;
struct FeedQuestion;
class FeedView;
class ExportContent;
struct ExportReport;
struct MispEntryOut;
struct MispEventOut;
class MispView;

/// Something that stays behind when a package is built.
struct Removed {
  std::string what;  ///< id, or id and JSON pointer: "indicator--…#/object_marking_refs"
  std::string rule;
  std::string why;
};

/// The one gate: everything that leaves the node passes here, and nothing else can make a `Cleared`.
/// Cheap to construct; asks the policy that is in force at the moment of the call.
class Gate {
 public:
  explicit Gate(Node& node) : node_(&node) {}

  /// The act alone, before any item: peer, agreement in force, purpose, types, output. A denial is an answer
  /// here, not an error.
  Result<policy::Decision> check_match(const MatchQuestion& question);

  /// The holdings that may take part in a match with this peer: strictest marking and PAP of each selector
  /// within what the peer may see, nothing off limits, no open case and nothing unpublished unless the policy
  /// names it, nothing received from somebody else under a marking that forbids passing on. Deny wins over
  /// all holdings of a selector. Whether officers agreed is asked when the set is used, not here: they are
  /// asked about a set.
  Result<SetClearing> begin_match_set(const MatchQuestion& question);
  /// Once the clearing is done; refused when the rules changed since it began.
  Result<Cleared<SelectorSet>> finish_match_set(SetClearing clearing);
  /// Both at once, for small sets.
  Result<Cleared<SelectorSet>> clear_match_set(const MatchQuestion& question);

  /// The question behind a release or an export, without an object: peer, agreement and clocks as they are
  /// now.
  Result<policy::Question> ask(const PackageQuestion& question);

  /// Looks at the exact bytes of a package: parses it again, and denies unless every object may go to the
  /// peer under the agreement and purpose, every reference stays inside the package (or names a TLP marking
  /// definition, which everybody has), no property is one that the policy strips, no free text carries a
  /// selector that may not go there, and every object is one that this node holds. The decision is that of
  /// all objects together.
  Result<policy::Decision> check_package(const PackageQuestion& question, std::string_view package);

  /// `check_package`, and the bytes when it permits without anybody's approval. Nothing while this node may
  /// have been set back to an older copy.
  Result<Cleared<Bytes>> clear_package(const PackageQuestion& question, std::string_view package);

  /// A page of a collection for one caller of TAXII: object by object what the policy lets it see, as
  /// feed_view.hpp says. `refused` when the caller may see nothing at all.
  Result<Cleared<FeedPage>> clear_feed(FeedView& view, const FeedQuestion& question);

  /// A MISP event for one caller, as it may be listed and as a whole (misp_view.hpp): `not_found` when the
  /// rules or its distribution keep it from this caller, `refused` when the caller may see nothing at all.
  Result<Cleared<MispEntryOut>> clear_misp_entry(MispView& view, const state::StoredMispEvent& stored);
  Result<Cleared<MispEventOut>> clear_misp_event(MispView& view, const state::StoredMispEvent& stored);

  /// About `most` more items of an export, as the rules let them leave; `ended` when there are no more.
  /// `refused` while officers would have to agree: an export has no form in which they do.
  Result<Cleared<Bytes>> clear_export(ExportContent& content, std::size_t most, ExportReport& counts,
                                      bool& ended);

  /// The bytes of a release that was approved as the policy wants it. Everything is checked again: state,
  /// hash, time, rules, agreement, each approval, and the package itself.
  Result<Cleared<Bytes>> clear_release(const Release& release);

  /// The same for a collection of the recipient's on a TAXII server: the rules must let every object go to
  /// that collection too. Whose it is is `authorise_push`'s to ask.
  Result<Cleared<Bytes>> clear_push(const Release& release, const std::string& destination);

  /// The opening of one item of a match: it says more than the run did. The file is read again, and may leave
  /// only when it opens an item of this run that this node learned there, the rules as they are now let the
  /// peer learn of it, and no officer would have to agree: there is no form in which they approve an opening.
  Result<Cleared<Bytes>> clear_opening(const MatchRun& run, std::string_view file);
  /// Whether it would, before anything is signed and recorded.
  Result<void> check_opening(const MatchRun& run, const intel::Selector& item);

  /// An evidence bundle with the content of a release in it, for whoever may read it later. Only what was
  /// delivered, and exactly that: the bytes were cleared then and are with the peer. `refused` otherwise, and
  /// while the rules do not load.
  Result<Cleared<Bytes>> clear_content(const Release& release);

 private:
  Node* node_;
};

}  // namespace parley::exchange
