#pragma once

#include <cstdint>

#include "match/parameters.hpp"

namespace parley::match {

/// How many items the messages of one side can hold at most, whatever it claims: what a run is charged with.
/// For Protocol::dh the padded size; for a VOLE protocol the receiver's key-value store holds an item for
/// each of its cells, and a sender sends one mask for each padded item.
std::uint64_t most_items(const Parameters& parameters, Role side);

/// Whether this message of `sender` tells the other side something of the result: from its first one on the
/// question counts as answered.
bool carries_answer(const Parameters& parameters, Role sender, std::uint8_t type);

/// Bytes of the protocol's messages in both directions, about: what the choice by size is made from.
std::uint64_t estimated_bytes(const Parameters& parameters);

}  // namespace parley::match
