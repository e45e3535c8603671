#pragma once

#include "stix/model.hpp"

/// The tables, one file each; `model.cpp` alone puts them together.
namespace parley::stix::table {

std::span<const TypeModel> domain_types();
std::span<const TypeModel> observable_types();
/// In the order of `Part`, without `none`.
std::span<const TypeModel> parts();

}  // namespace parley::stix::table
