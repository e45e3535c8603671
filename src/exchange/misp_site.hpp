#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "exchange/misp_service.hpp"
#include "exchange/misp_view.hpp"
#include "exchange/taxii_book.hpp"
#include "exchange/taxii_reads.hpp"
#include "misp_sync/answer.hpp"
#include "misp_sync/target.hpp"
#include "state/store.hpp"

// What the works of the MISP service share. For its sources alone.

namespace parley::exchange {

/// Somebody who may use MISP here, and what for.
struct MispCaller {
  std::string name;
  std::string organisation;  ///< UUID, or empty
  misp_sync::Rights rights;
};

struct MispSite {
  MispSite(Node& the_node, const intel::WarninglistSet& lists, MispSettings the_settings);

  Node& node;
  const intel::WarninglistSet& warninglists;
  MispSettings settings;
  TaxiiReads reads;
  std::uint64_t sightings_epoch = 1;  ///< goes up when sightings come in, which no other counter tells

  /// Brings everything level with the store, the policy and the definitions.
  Result<void> refresh();
  /// Nothing for a name that may do nothing here.
  const MispCaller* find(std::string_view name) const;
  /// Of the snapshot that `refresh` took.
  std::shared_ptr<const state::Reader> reader() const { return snapshot_; }
  Result<std::shared_ptr<MispView>> make_view(const MispCaller& caller, misp::Route route);
  /// Counts what leaves, durably when it is the first of its minute.
  Result<void> count(const MispCaller& caller, std::string_view body, std::uint64_t objects);

  /// Answers that were made, for whoever asks the same again while nothing has changed.
  std::optional<misp_sync::Answer> kept(const std::string& key) const;
  void keep(const std::string& key, const misp_sync::Answer& answer, std::uint64_t objects);
  std::uint64_t kept_objects(const std::string& key) const;

  /// What a caller says under one UUID is written by one work at a time: another waits, so that what one
  /// stores is not taken out under it by the next.
  class Turn {
   public:
    Turn(MispSite& site, std::string key) : site_(site), key_(std::move(key)) {}
    ~Turn() { site_.writing_.erase(key_); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    MispSite& site_;
    const std::string key_;
  };
  /// Null while somebody else has it.
  std::unique_ptr<Turn> take_turn(const MispCaller& caller, std::string_view uuid);

  /// Where the next page of a search begins.
  struct Page {
    state::MispEventPlace place;
    std::uint64_t skipped = 0;  ///< finds before it
  };
  std::map<std::string, Page> pages;

  /// This instance as other instances know it.
  std::string uuid() const;
  misp_sync::Organisation organisation() const;
  /// A caller as the creator of what it sends without naming one.
  misp_sync::Organisation organisation_of(const MispCaller& caller) const;

 private:
  struct Kept {
    misp_sync::Answer answer;
    std::uint64_t objects = 0;
  };
  std::set<std::string, std::less<>> writing_;
  bool recovered_ = false;
  bool loaded_ = false;
  std::uint64_t changes_ = 0;
  std::uint64_t definitions_ = 0;
  std::uint64_t sightings_ = 0;
  crypto::Hash256 policy_{};
  Timestamp recorded_until_;
  std::shared_ptr<const state::Reader> snapshot_;
  std::vector<MispCaller> callers_;
  std::unordered_map<std::string, Kept> kept_;
  std::size_t kept_bytes_ = 0;
};

/// The number that stands for an event where MISP has its row's number: the first 48 bits of the UUID.
std::string number_of_event(std::string_view uuid);

/// An event by UUID or number as this caller may see it; `not_found` otherwise.
struct FoundEvent {
  state::StoredMispEvent stored;
  MispEventOut out;
};
Result<FoundEvent> find_event(MispSite& site, MispView& view, const MispCaller& caller,
                              std::string_view name);
/// The same without its attributes.
Result<MispEntryOut> find_entry(MispSite& site, MispView& view, const MispCaller& caller,
                                std::string_view name);
/// The UUID that a UUID or a number stands for; empty when there is none.
Result<std::string> uuid_of(const state::Reader& reader, std::string_view name);
/// What this caller has given under the UUID.
Result<std::optional<state::StoredMispEvent>> own_copy(const state::Reader& reader, const MispCaller& caller,
                                                       std::string_view uuid);

/// An event as instances give it to each other: with its number here, and everything that they rely on.
misp::Value event_for_peers(misp::Event event);

/// GET, HEAD and searches; null when the target is none of them.
std::unique_ptr<MispWork> begin_reading(MispSite& site, const MispCaller& caller, misp_sync::Method method,
                                        const misp_sync::Target& target, std::string_view if_none_match,
                                        std::string body);
/// events/add, events/edit and what goes before them; null when the target is none of them.
std::unique_ptr<MispWork> begin_pushing(MispSite& site, const MispCaller& caller,
                                        const misp_sync::Target& target, std::string body);
/// events/publish, unpublish, alert and delete of what the caller gave; null when the target is none of them.
std::unique_ptr<MispWork> begin_owning(MispSite& site, const MispCaller& caller,
                                       const misp_sync::Target& target);
/// Galaxies, clusters, proposals, analyst data and reports: what a client of MISP understands of what is not
/// kept here by itself. Nothing when the target is none of them.
std::optional<misp_sync::Answer> answer_foreign(MispSite& site, const MispCaller& caller,
                                                misp_sync::Method method, const misp_sync::Target& target);
std::unique_ptr<MispWork> begin_sighting(MispSite& site, const MispCaller& caller,
                                         const misp_sync::Target& target, std::string body);

/// One that is done at once.
std::unique_ptr<MispWork> finished(Result<misp_sync::Answer> answer, const std::string& url);
std::unique_ptr<MispWork> misp_refusal(int status, std::string_view why, const std::string& url);

/// A body as JSON; `bad_input` for what is none. Nothing is an empty object.
Result<misp::Value> parse_body(std::string_view body);

}  // namespace parley::exchange
