#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "encoding/json.hpp"

namespace parley::exchange {

/// A reference that was taken out of an object.
struct CutPointer {
  std::string pointer;
  std::string target;
};

struct ReferenceCut {
  std::vector<CutPointer> pointers;
  std::string
      impossible;  ///< the target of a reference that STIX requires; empty when the object still stands
};

/// Takes every `*_ref` and `*_refs` at any depth whose target does not go along out of an object, marking
/// references included. What the object cannot be without (STIX 2.1: both ends of a relationship, what is
/// sighted, the subjects of a report, note, opinion, grouping or observed-data) makes it impossible; so does
/// the loss of a marking.
ReferenceCut cut_references_of(encoding::Json& object,
                               const std::function<bool(std::string_view)>& goes_along);

/// Every id in a `*_ref` or `*_refs` at any depth, marking references included.
std::vector<std::string> references_in(const encoding::Json& object);
/// The ids in `object_marking_refs` and the `marking_ref` of granular markings.
std::vector<std::string> marking_references_in(const encoding::Json& object);

}  // namespace parley::exchange
