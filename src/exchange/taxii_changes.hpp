#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "crypto/hash.hpp"
#include "exchange/node.hpp"
#include "exchange/taxii_minutes.hpp"

namespace parley::exchange {

/// Who put what into a collection and who took what out, as statements in the ledger: one (parley/changed/1)
/// for each caller, collection and minute, with counts and a hash of what was added and removed.
///
/// Crash story: the note of the minute is written with what it tells of, in the transaction that makes a
/// change durable; and where a change becomes durable piece by piece a note that one is under way stands
/// before the first piece. So a crash loses no count, and what it interrupted says so (`complete` false).
class TaxiiChanges {
  struct State;

 public:
  enum class Kind : std::uint8_t { post, deletion };

  /// One POST or one DELETE. Destroyed without `finish` it counts as broken off, once it was announced.
  class Act {
   public:
    Act(std::shared_ptr<State> state, TaxiiMinute about, Kind what);
    ~Act();
    Act(const Act&) = delete;
    Act& operator=(const Act&) = delete;

    /// Notes that it is under way; before the first piece of it is written.
    Result<void> announce();
    /// One object that stands in the collection now, or does not any more: its id and bytes.
    void added(std::string_view id, std::string_view raw) { line("added", id, raw, added_); }
    void removed(std::string_view id, std::string_view raw) { line("removed", id, raw, removed_); }
    void failed(std::uint64_t objects) { failed_ += objects; }
    /// Counts it, as part of the last transaction that it writes.
    Result<void> finish(state::Transaction& transaction);
    /// Nothing came of it, so there is nothing to tell.
    Result<void> drop();

   private:
    void line(std::string_view what, std::string_view id, std::string_view raw, std::uint64_t& count);

    std::shared_ptr<State> state_;
    TaxiiMinute about_;
    Kind what_;
    crypto::Sha256 lines_;
    std::uint64_t added_ = 0, removed_ = 0, failed_ = 0;
    bool announced_ = false;
    bool over_ = false;
  };

  explicit TaxiiChanges(Node& node);

  /// What a caller does to a collection, in the minute in which it began.
  std::unique_ptr<Act> begin(std::string_view caller, std::string_view collection, Kind what);

  /// Records the minutes before `minute` in which nothing is under way any more.
  Result<void> close_before(std::int64_t minute);
  /// Records what a crash left behind; once, before anything is changed.
  static Result<void> recover(Node& node);

 private:
  std::shared_ptr<State> state_;
};

}  // namespace parley::exchange
