#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "intel/marking.hpp"
#include "policy/agreement.hpp"
#include "policy/handling.hpp"

namespace parley::policy {

/// What somebody wants to do. `export_` writes a file for a named peer, without a channel to it; `taxii` lets
/// a named caller read a collection, without agreement and purpose: the policy alone says what it may see.
enum class Act { match, release, export_, taxii };
std::string_view act_name(Act act);
std::optional<Act> parse_act(std::string_view text);

/// For whom. A node knows its audience by the origin of the peer's log; the name is what people gave it.
struct Audience {
  std::string name;
  std::string origin;
  std::string kind;
  std::string jurisdiction;
  bool suspended = false;
};

/// What stands in the free text of an object and this node holds, or keeps off limits: a selector, or the
/// STIX id of an object.
struct TextHit {
  std::string property;  ///< JSON pointer of the text, "/description"
  std::string selector;  ///< "domain-name:example.org", or a STIX id
  intel::Marking marking;
  bool off_limits = false;
  bool open_case = false;
  std::string received_from;  ///< origin of the peer from whom alone it is known; empty: our own
};

/// What is known of one object (or, for a match, of one holding).
struct ObjectFacts {
  std::string type;  ///< STIX type, or the selector type for a match
  std::string id;    ///< STIX id; empty for a bare selector
  intel::Marking marking;
  std::vector<std::string> labels;
  std::vector<std::string> names;      ///< `name` and `aliases`: an actor may be off limits by name
  std::vector<std::string> refs;       ///< ids that it names
  std::vector<std::string> beside;     ///< types of other objects that carry a selector of this one
  std::vector<std::string> selectors;  ///< "type:value" of what it carries
  std::string open_case;               ///< name of the open case that it belongs to; empty for none
  std::string received_from;           ///< origin of the peer that it came from; empty when it is our own
  bool unpublished = false;            ///< its source has not published it
  std::vector<TextHit> text_hits;
};

/// One question for the rules. Everything that the answer depends on is in it: `Policy::decide` is a pure
/// function of the question and the policy.
struct Question {
  Act act = Act::release;
  std::optional<Audience> audience;  ///< empty: nobody
  std::optional<AgreementState> agreement;
  std::string purpose;
  std::optional<ObjectFacts> object;  ///< empty: the act itself, before any object
  Timestamp now;
  /// The latest time that the node has recorded. A clock that stands before it (by more than
  /// `clock_skew_limit`) was turned back, and could bring an expired agreement to life.
  Timestamp recorded_until;
};

/// How far two clocks may differ before a statement's time is refused.
inline constexpr std::chrono::minutes clock_skew_limit{5};

}  // namespace parley::policy
