#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "encoding/json.hpp"
#include "exchange/importing.hpp"
#include "intel/stix.hpp"
#include "state/store.hpp"

namespace parley::exchange {

/// Which objects belong into a collection. Fields hold together, the values of one are alternatives; a rule
/// without any field is `all`.
struct CollectionRule {
  std::vector<std::string> sources{};  ///< names of sources
  std::vector<std::string> types{};
  std::vector<std::string> labels{};  ///< any of the object's, compared as they are
  std::vector<std::string> ids{};
  bool all = false;

  bool operator==(const CollectionRule&) const = default;
  bool empty() const { return !all && sources.empty() && types.empty() && labels.empty() && ids.empty(); }
  bool wants(std::string_view source, std::string_view type, const std::vector<std::string>& labels_of,
             std::string_view id) const;
  encoding::Json to_json() const;
  static Result<CollectionRule> from_json(const encoding::Json& json);
};

/// The standing rules of all collections: what is imported later joins by itself.
class CollectionRules {
 public:
  static Result<CollectionRules> load(const state::Reader& reader);
  bool empty() const { return rules_.empty(); }
  /// Puts objects that were stored into the collections that want them.
  Result<void> join(state::Transaction& transaction, const state::Source& source,
                    std::span<const ImportedObject> objects, Timestamp now) const;

 private:
  struct Entry {
    std::string collection;
    CollectionRule rule;
  };
  std::vector<Entry> rules_;
};

/// What a stored object is as a member of a collection.
state::NewMember member_of(const intel::StixObject& object);
state::NewMember member_of(const ImportedObject& imported);
/// STIX 2.0 says so, or says nothing and has `created`; an observable without `spec_version` is of 2.1.
bool is_stix20(const intel::StixObject& object);

}  // namespace parley::exchange
