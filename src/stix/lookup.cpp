#include "stix/lookup.hpp"

namespace parley::stix {
namespace {

std::size_t hash(std::string_view name) {
  if (name.empty()) return 0;
  const auto byte = [&](std::size_t i) {
    return static_cast<std::size_t>(static_cast<unsigned char>(name[i]));
  };
  return name.size() * 37 + byte(0) * 3 + byte(name.size() - 1) * 5 + byte(name.size() / 2) * 11 +
         byte(name.size() / 3) * 17;
}

constexpr TypeModel domain_model{"", Category::domain, {}};
constexpr TypeModel observable_model{"", Category::observable, {}};

struct Tables {
  std::vector<Lookup> types;
  std::array<std::uint8_t, 256> by_name{};
  std::vector<Lookup> parts;
  Lookup custom_domain{domain_model};
  Lookup custom_observable{observable_model};

  Tables() {
    for (const TypeModel& model : all_types()) {
      types.emplace_back(model);
      std::size_t slot = hash(model.name) % by_name.size();
      while (by_name[slot] != 0) slot = (slot + 1) % by_name.size();
      by_name[slot] = static_cast<std::uint8_t>(types.size());
    }
    for (std::size_t i = 1; i < static_cast<std::size_t>(Part::last_part); ++i)
      parts.emplace_back(part_model(static_cast<Part>(i)));
  }
};

const Tables& tables() {
  static const Tables made;
  return made;
}

}  // namespace

Lookup::Lookup(const TypeModel& model) : model_(&model) {
  const auto common = common_properties(model);
  properties_.assign(common.begin(), common.end());
  properties_.insert(properties_.end(), model.properties.begin(), model.properties.end());
  for (std::size_t i = 0; i < properties_.size(); ++i) {
    const Property& property = properties_[i];
    const std::uint64_t bit = std::uint64_t{1} << i;
    if (property.required) required_ |= bit;
    if (property.required && !property.since_21) required_20_ |= bit;
    for (const std::string_view name : model.required_20)
      if (name == property.name) required_20_ |= bit;
    std::size_t slot = hash(property.name) % slots;
    while (table_[slot] != 0) slot = (slot + 1) % slots;
    table_[slot] = static_cast<std::uint8_t>(i + 1);
  }
  for (const Relation& relation : model.relations) {
    BoundRelation bound{.kind = relation.kind};
    for (const std::string_view name : relation.names) {
      if (name.empty()) break;
      const int index = find(name);
      bound.index[bound.count++] = static_cast<std::uint8_t>(index);
      bound.mask |= std::uint64_t{1} << static_cast<unsigned>(index);
    }
    relations_.push_back(bound);
  }
}

int Lookup::find(std::string_view name) const {
  std::size_t slot = hash(name) % slots;
  while (table_[slot] != 0) {
    if (properties_[table_[slot] - 1U].name == name) return table_[slot] - 1;
    slot = (slot + 1) % slots;
  }
  return absent;
}

const Lookup* find_type(std::string_view name) {
  const Tables& all = tables();
  std::size_t slot = hash(name) % all.by_name.size();
  while (all.by_name[slot] != 0) {
    const Lookup& type = all.types[all.by_name[slot] - 1U];
    if (type.model().name == name) return &type;
    slot = (slot + 1) % all.by_name.size();
  }
  return nullptr;
}

const Lookup& find_part(Part part) {
  return tables().parts[static_cast<std::size_t>(part) - 1];
}
const Lookup& custom_domain() {
  return tables().custom_domain;
}
const Lookup& custom_observable() {
  return tables().custom_observable;
}

}  // namespace parley::stix
