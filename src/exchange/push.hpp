#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.hpp"
#include "exchange/cleared.hpp"
#include "exchange/feed_view.hpp"
#include "exchange/node.hpp"
#include "exchange/push_authority.hpp"

namespace parley::exchange {

/// What shall go to a collection of somebody else's TAXII server.
struct PushQuestion {
  /// URL of that collection, with its slash at the end: the audience. policy.toml names it like a reader,
  /// `[[taxii]] caller = "https://…/collections/…/"`; without an entry nothing leaves.
  std::string destination;
  std::string collection;        ///< of ours, by id, alias or title: what is offered at all
  std::vector<std::string> ids;  ///< only these; empty: everything
  bool again = false;            ///< from the beginning, whatever was pushed before
  std::string agreement;         ///< under which; with `purpose`. docs/spec/policy.md says when it must be
  std::string purpose;
  std::string release;  ///< exactly the package of this release, and nothing of a collection
  std::size_t page_objects = 500;
  std::size_t page_bytes = std::size_t{4} << 20;
};

/// One page that may leave, and is recorded: parley/pushed/1 stands in the ledger before anybody can send it.
struct PushPage {
  std::variant<Cleared<FeedPage>, Cleared<Bytes>> what;  ///< of a collection, or the package of a release
  std::uint64_t ledger_index = 0;
};

/// Goes through a collection for one destination, from where the last push ended. What the gate denies stays
/// behind, as if it were not there; when the rules change everything is looked at (and sent) again, which
/// TAXII takes as no change.
///
/// Under an agreement every object must be one that a release to the peer may hold, and the agreement is
/// asked again before each page. Of a release exactly its package leaves, as at any other delivery
/// (parley/delivery/1, once).
///
/// Crash story: a page's place is kept after it was delivered; a crash before sends that page once more, and
/// records that once more.
class PushFeed {
 public:
  /// `refused` when the policy does not name the destination or wants more than the push has; `not_found`
  /// for the collection, the agreement or the release.
  static Result<PushFeed> begin(Node& node, PushQuestion question);

  /// The next page; nothing at the end. `refused` when the rules changed since it began.
  Result<std::optional<PushPage>> next();
  /// The last page was delivered; durable.
  Result<void> delivered();

 private:
  PushFeed(Node& node, PushQuestion question) : node_(&node), question_(std::move(question)) {}
  PushClaim claim() const { return {question_.destination, question_.agreement, question_.purpose}; }
  Result<void> begin_collection();
  Result<std::optional<PushPage>> next_release();
  /// Says in the ledger what is about to leave.
  Result<std::uint64_t> tell(const PushAuthority& authority, const Clearance& clearance,
                             std::uint64_t objects, const std::string& page_hash, encoding::Json more);
  Node* node_;
  PushQuestion question_;
  std::string collection_;  // id
  std::unique_ptr<FeedView> view_;
  Timestamp after_;
  bool more_ = true;
};

}  // namespace parley::exchange
