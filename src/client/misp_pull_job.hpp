#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "client/misp_pull.hpp"
#include "exchange/importing.hpp"
#include "net/https_client.hpp"
#include "net/later.hpp"
#include "net/node_loop.hpp"

namespace parley::client {

/// One pull as somebody asked for it.
struct MispPullSetup {
  MispPullQuestion question;
  Credentials credentials;
  net::HttpsTrust trust;
  MispPullLimits limits;
  net::HttpsClientLimits https;
  exchange::ImportOptions import;
};

/// How it went. `counts` and `report` say what was done also when it broke off.
struct MispPullResult {
  Result<void> outcome;
  MispPullReport report;
  exchange::ImportReport counts;
  encoding::Json to_json() const;
};

/// Runs a `MispPull` over HTTPS and into the store: each batch of events through the ordinary import, as the
/// source `misp:URL`, in turns that let the node go on with other work. All on the node thread.
class MispPullJob : public std::enable_shared_from_this<MispPullJob> {
 public:
  using Done = std::function<void(const MispPullResult&)>;
  /// What is borrowed must outlive it. Usage errors for a trust that cannot work.
  static Result<std::shared_ptr<MispPullJob>> make(net::NodeLoop& loop, exchange::Node& node,
                                                   const intel::WarninglistSet& lists, MispPullSetup setup);
  ~MispPullJob();

  /// Calls `done` once, never from within. `progress` may be empty.
  void run(std::function<void(const MispPullReport&)> progress, Done done);
  /// Ends it at its next step with an error; what was stored stays.
  void cancel(std::string why);

 private:
  struct Key {};

 public:
  MispPullJob(Key, net::NodeLoop& loop, exchange::Node& node, const intel::WarninglistSet& lists,
              MispPullSetup setup, std::unique_ptr<net::HttpsClient> client);

 private:
  void perform(MispPull::Effect effect);
  Result<std::vector<misp_sync::Listed>> compare(MispPull::Compare question);
  void compare_step();
  Result<void> begin_storing(std::vector<misp::Event> events);
  void store_step();
  Result<bool> store_part();
  void finish(Result<void> outcome);
  void later(std::move_only_function<void()> task);

  net::NodeLoop& loop_;
  exchange::Node& node_;
  const intel::WarninglistSet& lists_;
  MispPullSetup setup_;
  std::string source_;
  MispPull pull_;
  std::unique_ptr<net::HttpsClient> client_;
  net::Later timer_;
  std::function<void(const MispPullReport&)> progress_;
  Done done_;
  exchange::ImportReport counts_;
  std::shared_ptr<MispPullJob> itself_;  // while it runs

  MispPull::Compare comparing_;
  std::size_t compared_ = 0;
  std::vector<misp_sync::Listed> wanted_;

  std::vector<MispFate> fates_;
  std::string text_;
  std::size_t fed_ = 0;
  std::unique_ptr<exchange::Import> import_;
};

/// The validator of a feed's manifest at the last complete pull, kept under its URL; empty when there was
/// none.
Result<std::string> load_misp_mark(exchange::Node& node, const Url& feed);
Result<void> save_misp_mark(exchange::Node& node, const Url& feed, const std::string& etag);

}  // namespace parley::client
