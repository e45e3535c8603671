#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exchange/gate.hpp"
#include "policy/policy.hpp"
#include "state/store.hpp"

namespace parley::exchange {

/// Most objects of one package, marking definitions included.
inline constexpr std::size_t max_package_objects = 1'000;
/// The largest package that is built, delivered or taken in.
inline constexpr std::size_t max_package_bytes = std::size_t{8} << 20;

/// One object of a package, as the preview and the decision show it.
struct PackageItem {
  std::string id;
  std::string type;
  std::string marking;                  ///< "TLP:GREEN"
  std::vector<std::string> redactions;  ///< JSON pointers of what was taken out of it
};

/// A STIX 2.1 bundle that was built to pass the gate, and what stayed behind. Its own rules never suffice:
/// the gate looks at the bytes again.
struct Package {
  std::string bytes;
  std::vector<PackageItem> items;
  std::vector<Removed> removed;
};

/// Builds the package for what was asked: each object by STIX id, or the observable of a held selector
/// ("domain-name:example.org"). References are followed: an object that may go along goes along, any other
/// reference is cut; an object that STIX does not allow without a reference that was cut stays behind itself.
/// The same holdings, policy and question give the same bytes. `refused` when nothing of what was asked may
/// leave; `not_found` for an id or selector that is not held.
Result<Package> build_package(const state::Reader& reader, const policy::Policy& policy,
                              const policy::Question& question, const std::vector<std::string>& objects);

/// Whether the versions of one id come from one place: the same creator, and all our own or all from the same
/// peer. Otherwise somebody else's object has taken an id of ours, or we have taken theirs. Of several
/// contents of one version our own alone counts, and of what is one peer's, or an observable (whose id is
/// everybody's), the first.
bool is_one_object(const std::vector<state::StoredObject>& versions);

/// A marking-definition (a statement of terms) says how others may use what it marks; it must travel along
/// and needs no marking of its own.
void allow_definition(policy::ObjectFacts& facts);

}  // namespace parley::exchange
