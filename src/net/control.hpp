#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "encoding/json.hpp"
#include "net/event.hpp"
#include "net/node_loop.hpp"

namespace parley::net {

// The control socket: how a command reaches a running node (HOME/node.sock, mode 0600, same user only).
// One connection is one command. Lines of JSON, each ended by LF:
//
//   → {"command": …, "args": …}
//   ← {"progress": {"step": …, "done": n, "total": n}}      any number
//   ← {"result": …}   or   {"error": {"kind", "message", "where", "rules"}}   once, then the end
//
// Closing the connection cancels the command at its next step.

struct ControlLimits {
  std::size_t request_bytes = 4U << 20;  ///< one request line
  std::size_t reply_bytes = 256U << 20;  ///< one reply line, on the client
  std::size_t connections = 64;
  std::chrono::milliseconds request{10'000};  ///< from connecting to the end of the request line
  std::chrono::milliseconds write{30'000};    ///< a client that does not read its replies
};

/// Where the answer of a command goes. Thread-safe; what comes after the final answer is dropped.
class ControlReply {
 public:
  virtual ~ControlReply() = default;
  /// Cheap; thinned out when the client reads slowly.
  virtual void progress(std::string_view step, std::uint64_t done, std::uint64_t total) = 0;
  virtual void result(const encoding::Json& value) = 0;
  virtual void error(const Error& error) = 0;
  /// The client went away or the node is shutting down: stop at the next step.
  virtual bool cancelled() const = 0;
};

/// Starts a command; runs on the node thread and returns soon. A long command either continues by `run_job`
/// or keeps the reply and answers from a later task (such as `connect_and_run`'s `done`). A reply that is
/// dropped without an answer answers with an internal error.
using ControlHandler =
    std::function<void(const encoding::Json& request, std::shared_ptr<ControlReply> reply)>;

/// One step of a long command, 100 ms of work: the final value, or nothing yet.
using JobStep = std::move_only_function<Result<std::optional<encoding::Json>>()>;

/// Calls `step` on the node thread until it gives a value or an error, giving way to other tasks in between;
/// destroys it (on the node thread) without a further call when the reply is cancelled.
void run_job(NodeLoop& loop, std::shared_ptr<ControlReply> reply, JobStep step);

class ControlServer {
 public:
  /// Takes the socket: replaces a stale one that nobody listens on; `conflict` when a live one is there.
  static Result<std::unique_ptr<ControlServer>> listen(NodeLoop& loop, const std::filesystem::path& socket,
                                                       ControlHandler handler, EventSink events,
                                                       ControlLimits limits);
  static Result<std::unique_ptr<ControlServer>> listen(NodeLoop& loop, const std::filesystem::path& socket,
                                                       ControlHandler handler, EventSink events) {
    return listen(loop, socket, std::move(handler), std::move(events), ControlLimits());
  }
  ~ControlServer();

  /// Stops accepting and removes the socket; lets running commands finish for `grace`, then cancels them.
  /// Not on the node or IO thread.
  void shutdown(std::chrono::milliseconds grace);

  struct State;

 private:
  explicit ControlServer(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

using ProgressCallback = std::function<void(std::string_view step, std::uint64_t done, std::uint64_t total)>;

/// Sends one command to a running node and waits for its answer. `not_found` when no node listens there;
/// `internal` when the node went away before answering; else the node's own error.
Result<encoding::Json> call_control(const std::filesystem::path& socket, const encoding::Json& request,
                                    const ProgressCallback& progress, ControlLimits limits = {});

/// The same command without a socket: runs the handler on the loop of this process and waits. Not on the
/// node or IO thread.
Result<encoding::Json> call_local(NodeLoop& loop, const ControlHandler& handler,
                                  const encoding::Json& request, const ProgressCallback& progress);

}  // namespace parley::net
