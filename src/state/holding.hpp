#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "intel/marking.hpp"
#include "intel/selector.hpp"
#include "state/object.hpp"

namespace parley::state {

/// A holding to store: that this node holds a selector, from which object and source, under which marking.
/// (selector, object, source) tells holdings apart.
struct NewHolding {
  intel::Selector selector;
  ObjectKey object;  ///< none for a plain list: the object is made on demand
  SourceId source;
  MarkingCode marking = MarkingCode::none;
  LabelSetId labels;
  Timestamp first_seen;
  Timestamp last_seen;
  bool open_case = false;
  bool unpublished = false;            ///< its source has not published it (yet)
  std::optional<intel::PapLevel> pap;  ///< what may be done with it; none when nobody said
};

/// What many holdings of one source have in common, for the bulk path.
struct HoldingBatch {
  SourceId source;
  MarkingCode marking = MarkingCode::none;
  LabelSetId labels;
  Timestamp first_seen;
  Timestamp last_seen;
  bool open_case = false;
  bool unpublished = false;
  std::optional<intel::PapLevel> pap;
};

struct StoredHolding {
  intel::Selector selector;
  ObjectKey object;
  std::string object_id;  ///< empty for a plain list
  SourceId source;
  MarkingCode marking = MarkingCode::none;
  std::vector<std::string> labels;
  Timestamp first_seen;
  Timestamp last_seen;
  bool open_case = false;
  bool unpublished = false;
  std::optional<intel::PapLevel> pap;
};

/// A selector over all its holdings.
struct SelectorSummary {
  intel::Selector selector;
  MarkingCode marking = MarkingCode::clear;  ///< the strictest
  std::optional<intel::PapLevel> pap;        ///< the strictest that any has; none when none has one
  bool open_case = false;                    ///< of any
  bool unpublished = false;                  ///< of any
  std::vector<std::string> labels;           ///< of all, sorted, each once
  std::uint64_t holdings = 0;
  Timestamp first_seen;
  Timestamp last_seen;
};

struct SelectorCount {
  intel::SelectorType type = intel::SelectorType::ipv4_addr;
  std::uint64_t selectors = 0;  ///< distinct
  std::uint64_t holdings = 0;
};

/// What a holding that is already there does with the marking, PAP and labels that come anew.
enum class Remarking : std::uint8_t {
  keep_strictest,  ///< the stricter marking and PAP of the two, the labels of both
  take_new,        ///< the new ones: the source, or the officer who imports, has said so
};

}  // namespace parley::state
