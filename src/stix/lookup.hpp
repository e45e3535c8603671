#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "stix/model.hpp"

namespace parley::stix {

/// One type, made ready for reading objects: its properties with the common ones, found by name in one step,
/// and its rules as bits.
class Lookup {
 public:
  static constexpr std::size_t max_properties = 64;
  static constexpr int absent = -1;

  struct BoundRelation {
    Relation::Kind kind;
    std::uint64_t mask = 0;                ///< all its properties
    std::array<std::uint8_t, 16> index{};  ///< in the order of the rule
    std::uint8_t count = 0;
  };

  explicit Lookup(const TypeModel& model);

  const TypeModel& model() const { return *model_; }
  int find(std::string_view name) const;
  const Property& property(int index) const { return properties_[static_cast<std::size_t>(index)]; }
  std::size_t size() const { return properties_.size(); }
  std::uint64_t required() const { return required_; }
  std::uint64_t required_20() const { return required_20_; }
  const std::vector<BoundRelation>& relations() const { return relations_; }

 private:
  static constexpr std::size_t slots = 256;

  const TypeModel* model_;
  std::vector<Property> properties_;
  std::array<std::uint8_t, slots> table_{};  // index + 1
  std::uint64_t required_ = 0;
  std::uint64_t required_20_ = 0;
  std::vector<BoundRelation> relations_;
};

/// The type of that name; nullptr for custom ones. The tables are made once, at the first call.
const Lookup* find_type(std::string_view name);
const Lookup& find_part(Part part);
/// What objects of types that nobody knows have in common: as domain objects, and as observables.
const Lookup& custom_domain();
const Lookup& custom_observable();

}  // namespace parley::stix
