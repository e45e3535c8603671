#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "crypto/hash.hpp"
#include "exchange/node.hpp"
#include "exchange/taxii_minutes.hpp"

namespace parley::exchange {

/// Who read what, as statements in the ledger: one (parley/served/1) for each caller, collection and minute,
/// with the hash of the pages that were served.
///
/// Crash story: before the first page of a minute leaves, a note that this caller reads this collection in
/// this minute is durable. A crash before the statement leaves the note, from which `recover` records a
/// statement that says so: read, and what is not known (`complete` false).
class TaxiiReads {
 public:
  /// `notes`: the documents that stand for minutes which are not over; whoever else reads has others.
  explicit TaxiiReads(Node& node, std::string_view notes = "taxii_reads") : node_(&node), notes_(notes) {}

  /// Opens the reading, durably when it is the first of its minute, and counts one page. Returns a ticket for
  /// `again`.
  Result<std::uint64_t> served(std::string_view caller, std::string_view collection, std::int64_t minute,
                               const crypto::Hash256& page, std::uint64_t objects);
  /// The same page `times` more; false when its minute is closed.
  bool again(std::uint64_t ticket, std::uint64_t times);

  /// Records the readings of minutes before `minute`.
  Result<void> close_before(std::int64_t minute);
  /// Records what a crash left behind; once, before anything is served.
  static Result<void> recover(Node& node, std::string_view notes = "taxii_reads");

 private:
  struct Reading;
  struct Page {
    Reading* reading = nullptr;
    std::uint64_t objects = 0;
    std::uint64_t times = 0;
    std::uint64_t ticket = 0;
  };
  struct Reading {
    std::string id;  ///< of the statement to be
    std::uint64_t requests = 0;
    std::uint64_t objects = 0;
    std::map<crypto::Hash256, Page> pages;
  };
  static void count(Page& page, std::uint64_t times);

  Node* node_;
  std::string notes_;
  std::map<TaxiiMinute, Reading> open_;
  std::unordered_map<std::uint64_t, Page*> tickets_;
  std::uint64_t next_ticket_ = 1;
};

}  // namespace parley::exchange
