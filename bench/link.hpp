#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "match/party.hpp"

namespace parley::bench {

/// What lies between two processes. `loopback` is the loopback interface as it is; the others are a pair of
/// virtual interfaces in two network namespaces of their own (root is needed), with a rate and a round trip.
struct LinkKind {
  std::string name;
  std::uint64_t bits_per_second = 0;
  std::chrono::microseconds round_trip{0};
};
/// loopback, lan (1 Gb/s, 1 ms), wan (100 Mb/s, 80 ms).
std::optional<LinkKind> find_link(const std::string& name);

/// The two namespaces and the interfaces in them; taken down when it dies. For loopback nothing is made.
class Link {
 public:
  /// An empty pointer and a sentence in `problem` when the system does not let us.
  static std::unique_ptr<Link> make(const LinkKind& kind, std::string& problem);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  /// Two connected TCP sockets, one at each end.
  std::pair<int, int> connect();
  /// The part of the delay that the processes have to make up themselves, one way: zero where the kernel has
  /// the netem queue; else the rate is the kernel's (tbf) and the delay ours.
  std::chrono::microseconds own_delay() const { return own_delay_; }
  /// "netem", "tbf + delay line" or "none".
  std::string shaping() const { return shaping_; }

 private:
  Link() = default;
  int socket_in(int end) const;
  std::string names_[2];
  std::chrono::microseconds own_delay_{0};
  std::string shaping_ = "none";
};

/// Messages over a socket as u32 length ‖ u8 type ‖ body. A thread reads and one writes, so that the party
/// computes meanwhile; each of the two queues holds a few MiB. Counts what passes.
class Wire {
 public:
  Wire(int fd, std::chrono::microseconds delay);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  void write(match::Message message);
  match::Message read();
  /// Returns when everything was handed to the kernel.
  void flush();
  std::uint64_t sent() const { return sent_; }
  std::uint64_t received() const { return received_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Arrived {
    match::Message message;
    Clock::time_point due;
  };
  void write_all();
  void read_all();

  int fd_;
  std::chrono::microseconds delay_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<match::Message> out_;
  std::size_t out_bytes_ = 0;
  bool writing_ = false;
  std::deque<Arrived> in_;
  std::size_t in_bytes_ = 0;
  bool closing_ = false;
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
  std::thread reader_;
  std::thread writer_;
};

}  // namespace parley::bench
