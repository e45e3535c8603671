#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/gate.hpp"
#include "exchange/text_scan.hpp"
#include "intel/misp.hpp"
#include "misp/event.hpp"
#include "policy/policy.hpp"
#include "state/store.hpp"

namespace parley::exchange {

/// A MISP event as it may leave.
struct MispEventOut {
  misp::Event event;
  std::size_t withheld = 0;  ///< attributes that stay
};

/// What of an event may stand in a list: that it is there, when it changed, who made it.
struct MispEntryOut {
  misp::Event event;  ///< without attributes, objects and reports
};

/// Who asks, and how what is asked for leaves.
struct MispAudience {
  std::string caller;
  std::string organisation;  ///< UUID, lower case; empty: none is known
  misp::Route route = misp::Route::pull;
};

/// MISP events as one caller sees them, over one snapshot of the store under one policy.
///
/// Two things decide: the distribution that the event and each of its parts carry, as MISP has it, and the
/// rules, which are asked for the event (its tags, its names, its texts) and for each attribute like for any
/// other object: tags of the event count for all of its attributes, and what the store knows of an attribute
/// or of its values counts besides. An event without TLP that was given a level when it was imported has that
/// level, and says so when it leaves.
class MispView {
 public:
  MispView(std::shared_ptr<const state::Reader> reader, policy::Policy policy, MispAudience audience,
           Timestamp now, Timestamp recorded_until);
  /// Another act than reading by the endpoints: an export under an agreement. The question names its
  /// audience; `organisation` is its UUID in MISP, by which it is in sharing groups; empty: in none.
  MispView(std::shared_ptr<const state::Reader> reader, policy::Policy policy, policy::Question question,
           misp::Route route, std::string organisation = {});
  MispView(const MispView&) = delete;
  MispView& operator=(const MispView&) = delete;

  policy::Decision act() const;
  const policy::Question& question() const { return question_; }
  const policy::Policy& policy() const { return policy_; }
  const state::Reader& reader() const { return *reader_; }

  /// The event as it may be listed; nothing when the caller may not know of it.
  Result<std::optional<MispEntryOut>> judge_entry(const state::StoredMispEvent& stored);
  /// The whole event, each part judged.
  Result<std::optional<MispEventOut>> judge_event(const state::StoredMispEvent& stored);

 private:
  struct Frame;  // what the event says that holds for its parts
  Result<std::optional<Frame>> judge_frame(const state::StoredMispEvent& stored);
  Result<intel::Marking> marking_at_import(const misp::Event& event,
                                           const state::MispEventEntry& entry) const;
  Result<bool> may_extend(std::string_view uuid);
  Result<bool> judge_attribute(const Frame& frame, misp::Value& attribute);
  Result<bool> judge_text(const Frame& frame, std::string_view type, misp::Value& part);
  Result<policy::Decision> decide(policy::ObjectFacts facts) const;

  std::shared_ptr<const state::Reader> reader_;
  policy::Policy policy_;
  MispAudience audience_;
  policy::Question question_;
  TextScanner scanner_;
  intel::MispReader misp_;
  int depth_ = 0;  // of events that events name
};

}  // namespace parley::exchange
