#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crypto/hash.hpp"
#include "ledger/evidence.hpp"
#include "ledger/trust.hpp"
#include "record/head.hpp"

namespace parley::ledger {

/// parley/match-opening/1: one side opens the leaf of one item of the set that it committed to in a run.
struct OpeningStatement {
  static constexpr std::string_view schema = "parley/match-opening/1";
  record::Head head;
  std::string run;
  std::string counterparty;
  std::uint64_t position = 0;
  ByteArray<32> salt{};
  Bytes item;  ///< type ‖ 0x00 ‖ value
  std::vector<crypto::Hash256> path;

  encoding::Json to_json() const;
  static Result<OpeningStatement> from_json(const encoding::Json& payload);
};

/// The opening of one item as a file: the opening, and the records of the run by both sides, all signed.
struct OpeningFile {
  std::string opening;      ///< compact JWS of parley/match-opening/1
  std::string own_record;   ///< compact JWS of parley/match/1 by the same node
  std::string peer_record;  ///< by the other side
};
std::string format_opening(const OpeningFile& file);

/// What an opening file says it opens; nothing of it is believed. `bad_input` for what is none.
Result<OpeningStatement> read_opening(std::string_view file);

/// Whether a file is an opening rather than a bundle, from its first bytes.
bool is_opening(BytesView file);

/// Checks an opening offline. Proven when the node that opens and the other side have both signed, under keys
/// in the trust file, that the run was about the root that the opened leaf leads to. `bad_input` for what is
/// none. It never shows that the item was used.
Result<Report> verify_opening(std::string_view file, const Trust& trust);

}  // namespace parley::ledger
