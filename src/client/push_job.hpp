#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "client/push.hpp"
#include "exchange/push.hpp"
#include "net/https_client.hpp"
#include "net/later.hpp"
#include "net/node_loop.hpp"

namespace parley::client {

/// One push as somebody asked for it.
struct PushSetup {
  Url url;
  std::string remote_collection;  ///< id, title or alias there; may be empty
  std::string api_root;
  /// What of ours; its destination is filled in once the remote collection is found.
  exchange::PushQuestion question;
  Credentials credentials;
  net::HttpsTrust trust;
  PushLimits limits;
  net::HttpsClientLimits https;
};

struct PushResult {
  Result<void> outcome;
  PushReport report;
  std::vector<std::uint64_t> ledger;  ///< indexes of what was recorded, one a page
  encoding::Json to_json() const;
};

/// Runs a `Push` over HTTPS. What it sends are pages that the gate has cleared and the ledger has recorded,
/// and nothing else. All on the node thread.
class PushJob : public std::enable_shared_from_this<PushJob> {
 public:
  using Done = std::function<void(const PushResult&)>;
  /// `node` outlives it. Usage errors for a trust that cannot work.
  static Result<std::shared_ptr<PushJob>> make(net::NodeLoop& loop, exchange::Node& node, PushSetup setup);
  ~PushJob();

  /// Calls `done` once, never from within.
  void run(std::function<void(const PushReport&)> progress, Done done);
  void cancel(std::string why);

 private:
  struct Key {};

 public:
  PushJob(Key, net::NodeLoop& loop, exchange::Node& node, PushSetup setup,
          std::unique_ptr<net::HttpsClient> client);

 private:
  void perform(Push::Effect effect);
  Result<std::vector<std::string>> next_page(const Place& place);
  void finish(Result<void> outcome);

  exchange::Node& node_;
  PushSetup setup_;
  Push push_;
  std::unique_ptr<net::HttpsClient> client_;
  net::Later timer_;
  std::function<void(const PushReport&)> progress_;
  Done done_;
  std::shared_ptr<PushJob> itself_;  // while it runs
  std::optional<exchange::PushFeed> feed_;
  std::vector<std::uint64_t> ledger_;
};

}  // namespace parley::client
