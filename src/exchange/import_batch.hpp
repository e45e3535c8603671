#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "intel/marking.hpp"
#include "intel/selector.hpp"
#include "state/object.hpp"

namespace parley::exchange {

/// What an import knows of an object beside what is stored as the object.
struct WaitingObject {
  std::string where;
  std::vector<std::string> labels;
  std::vector<intel::Selector> selectors;  ///< those that no warninglist holds back
  Timestamp first_seen, last_seen;
  std::optional<intel::PapLevel> pap;
  bool unpublished = false;
  bool counted = true;
  bool held_back = false;  ///< counted already
  bool spec20 = false;
  std::string original;  ///< of what was converted: the bytes that came
  std::string document;  ///< of a MISP event: all of it
  std::optional<Timestamp> created;
};

/// Values without objects that have everything but the selector in common.
struct ValueGroup {
  state::MarkingCode marking;
  std::optional<intel::PapLevel> pap;
  std::int64_t first_seen, last_seen;
  auto operator<=>(const ValueGroup&) const = default;
};

/// What was read of a file and waits for one transaction. Its bounds are those of the memory that it takes
/// and of the work that a crash can lose.
struct ImportBatch {
  static constexpr std::size_t max_objects = 16'384;
  static constexpr std::size_t max_raw_bytes = 16U << 20;
  static constexpr std::size_t max_values = 100'000;

  std::vector<state::NewObject> objects;
  std::vector<WaitingObject> waiting;  ///< of each object
  std::size_t raw_bytes = 0;
  std::map<ValueGroup, std::vector<intel::Selector>> values;
  std::size_t value_count = 0;

  bool is_empty() const { return objects.empty() && values.empty(); }
  bool is_full(std::size_t most = max_objects) const {
    return objects.size() >= std::min(most, max_objects) || raw_bytes >= max_raw_bytes ||
           value_count >= max_values;
  }
  void clear() {
    objects.clear();
    waiting.clear();
    values.clear();
    raw_bytes = value_count = 0;
  }
};

}  // namespace parley::exchange
