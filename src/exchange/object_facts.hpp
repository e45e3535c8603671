#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "intel/marking.hpp"
#include "intel/selector.hpp"
#include "intel/stix.hpp"
#include "policy/policy.hpp"
#include "state/store.hpp"

namespace parley::exchange {

/// "type:value", as rules, previews and the command line write a selector.
std::string selector_text(const intel::Selector& selector);
/// The reverse; brings the value into canonical form.
Result<intel::Selector> parse_selector_text(std::string_view text);

intel::Marking marking_of(state::MarkingCode code);
/// The same with its PAP.
intel::Marking marking_of(const state::SelectorSummary& held);
state::MarkingCode marking_code(const intel::Marking& marking);

/// The store's own label for what a peer delivered: how the gate knows later that it is not ours to pass on.
/// It is never in the object's bytes.
std::string received_label(std::string_view origin);
bool is_received_label(std::string_view label);

/// The origin that labels name, preferring one other than `audience`: what two peers gave us under a strict
/// marking goes to neither as ours. Empty when none does.
std::string received_from(const std::vector<std::string>& labels, std::string_view audience);

/// The case that an item belongs to: by the policy's labels, or unnamed when the store alone says so.
std::string open_case_name(const policy::Policy& policy, const std::vector<std::string>& labels,
                           bool open_case);

/// `name`, `aliases` and what MITRE calls them.
std::vector<std::string> names_in(const encoding::Json& object);

/// One content for each version: our own where there is one, since what a peer says under an id does not take
/// the place of what we say. Oldest first.
std::vector<state::StoredObject> own_first(std::vector<state::StoredObject> versions);

/// Definitions of markings that stand in the store: our own, and for what a peer gave that peer's. A peer
/// must not say what the markings of others mean, or it would open what they close. A definition that was
/// changed means the strictest that it ever said; one that two sources claim means nothing.
class StoredDefinitions final : public intel::MarkingLookup {
 public:
  /// `origin` of the peer that gave the object; empty when it is our own.
  explicit StoredDefinitions(const state::Reader& reader, std::string origin = {})
      : reader_(&reader), origin_(std::move(origin)) {}
  std::optional<intel::Marking> find(std::string_view marking_id) const override;

 private:
  const state::Reader* reader_;
  std::string origin_;
};

/// Reads an object and resolves its markings from the store.
Result<intel::StixObject> read_object(const state::Reader& reader, std::string_view raw);

/// What rules ask of one object: from its own bytes; from all that the store has under its id (a stricter
/// marking of another content of the same version, the peer it came from, an open case); and from all
/// holdings of its selectors, as in a match: the strictest marking and PAP, an open case of any, the labels,
/// and what the objects behind them are and name, so that rules that came after an import reach it too.
Result<policy::ObjectFacts> object_facts(const state::Reader& reader, const policy::Policy& policy,
                                         const intel::StixObject& object, const encoding::Json& json,
                                         std::string_view audience);

}  // namespace parley::exchange
