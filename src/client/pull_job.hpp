#pragma once

#include <functional>
#include <memory>
#include <string>

#include "client/pull.hpp"
#include "exchange/importing.hpp"
#include "net/https_client.hpp"
#include "net/later.hpp"
#include "net/node_loop.hpp"

namespace parley::client {

/// One pull as somebody asked for it.
struct PullSetup {
  PullQuestion question;
  Credentials credentials;
  net::HttpsTrust trust;
  PullLimits limits;
  net::HttpsClientLimits https;
  exchange::ImportOptions import;
};

/// How it went. `counts` and `report` say what was done also when it broke off.
struct PullResult {
  Result<void> outcome;
  PullReport report;
  exchange::ImportReport counts;
  encoding::Json to_json() const;
};

/// Runs a `Pull` over HTTPS and into the store: each page through the ordinary import, as the source
/// `taxii:URL#COLLECTION`, in turns that let the node go on with other work. All on the node thread.
class PullJob : public std::enable_shared_from_this<PullJob> {
 public:
  using Done = std::function<void(const PullResult&)>;
  /// What is borrowed must outlive it. Usage errors for a trust that cannot work.
  static Result<std::shared_ptr<PullJob>> make(net::NodeLoop& loop, exchange::Node& node,
                                               const intel::WarninglistSet& lists, PullSetup setup);
  ~PullJob();

  /// Calls `done` once, never from within. `progress` may be empty.
  void run(std::function<void(const PullReport&)> progress, Done done);
  /// Ends it at its next step with an error; what was stored stays.
  void cancel(std::string why);

 private:
  struct Key {};

 public:
  PullJob(Key, net::NodeLoop& loop, exchange::Node& node, const intel::WarninglistSet& lists, PullSetup setup,
          std::unique_ptr<net::HttpsClient> client);

 private:
  void perform(Pull::Effect effect);
  void import_page(Pull::StorePage page);
  void import_step();
  Result<bool> import_part();
  void finish(Result<void> outcome);
  void later(std::move_only_function<void()> task);

  net::NodeLoop& loop_;
  exchange::Node& node_;
  const intel::WarninglistSet& lists_;
  PullSetup setup_;
  Pull pull_;
  std::unique_ptr<net::HttpsClient> client_;
  net::Later timer_;
  std::function<void(const PullReport&)> progress_;
  Done done_;
  exchange::ImportReport counts_;
  std::shared_ptr<PullJob> itself_;  // while it runs

  Pull::StorePage page_;
  std::size_t fed_ = 0;
  std::unique_ptr<exchange::Import> import_;
};

}  // namespace parley::client
