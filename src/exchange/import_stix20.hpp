#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "intel/stix.hpp"

namespace parley::state {
class Reader;
class Store;
class Transaction;
}  // namespace parley::state

namespace parley::exchange {

/// Turns what an import reads of STIX 2.0 into STIX 2.1 (stix::convert_20): what is stored, found and sent is
/// the object of STIX 2.1, under the id, version and marking that it had. It is one item as before, with the
/// selectors of the bytes that came; those bytes are kept beside it (`original_of`).
///
/// The observables of an observed-data become objects of their own, as STIX 2.1 has them; they are no items
/// and hold no selectors (their observed-data does), and have its marking and labels. Where it carries a PAP
/// they never leave by themselves, since a store knows the PAP of selectors only.
class Stix20Converter {
 public:
  /// `store` outlives it.
  explicit Stix20Converter(const state::Store& store) : store_(&store) {}

  /// Changes `object` when it is of STIX 2.0, and returns the bytes that came; nothing when it stays as it
  /// is: it is of STIX 2.1, cannot be converted, or is stored as STIX 2.0 already (by an import before
  /// there was this one). Its observables are added to `observables`.
  Result<std::string> convert(intel::StixObject& object, std::vector<intel::StixObject>& observables);

 private:
  Result<bool> is_stored(const intel::StixObject& object);

  const state::Store* store_;
  intel::StixReader reader_;
  std::shared_ptr<const state::Reader> snapshot_;
  std::size_t since_snapshot_ = 0;
};

/// Keeps the bytes from which `raw` was converted; of several spellings the first.
Result<void> keep_original(state::Transaction& transaction, std::string_view raw, std::string_view original);
/// The bytes from which a stored object (by its `raw`) was converted; nothing when it came as it is.
Result<std::optional<std::string>> original_of(const state::Reader& reader, std::string_view raw);
/// Takes them away, with the object.
Result<void> erase_original(state::Transaction& transaction, std::string_view raw);

}  // namespace parley::exchange
