#include "link.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <thread>

#include "base/assert.hpp"

namespace parley::bench {
namespace {

// Enough that neither side waits for the other's computing, small beside what a party holds.
constexpr std::size_t queue_bytes = std::size_t{8} << 20;
constexpr std::size_t header_bytes = 5;

bool run(const std::string& command) {
  return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
}

const char* address_of(int end) {
  return end == 0 ? "198.51.100.1" : "198.51.100.2";
}

bool fill(int fd, std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const ssize_t n = ::recv(fd, out.data(), out.size(), 0);
    if (n <= 0) return false;
    out = out.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

void send_all(int fd, std::array<iovec, 2> parts) {
  std::size_t first = 0;
  while (first < parts.size()) {
    const ssize_t n = ::writev(fd, parts.data() + first, static_cast<int>(parts.size() - first));
    PARLEY_ASSERT(n > 0);
    auto left = static_cast<std::size_t>(n);
    while (first < parts.size() && left >= parts[first].iov_len) left -= parts[first++].iov_len;
    if (first == parts.size()) break;
    parts[first].iov_base = static_cast<char*>(parts[first].iov_base) + left;
    parts[first].iov_len -= left;
  }
}

}  // namespace

std::optional<LinkKind> find_link(const std::string& name) {
  using std::chrono::milliseconds;
  for (const LinkKind& kind :
       {LinkKind{"loopback", 0, milliseconds(0)}, LinkKind{"lan", 1'000'000'000, milliseconds(1)},
        LinkKind{"wan", 100'000'000, milliseconds(80)}})
    if (kind.name == name) return kind;
  return std::nullopt;
}

std::unique_ptr<Link> Link::make(const LinkKind& kind, std::string& problem) {
  std::unique_ptr<Link> out(new Link());
  if (kind.bits_per_second == 0) return out;
  if (::geteuid() != 0) {
    problem = "--network " + kind.name + " makes network namespaces, which needs root; run it with sudo";
    return nullptr;
  }
  const std::string stem = fmt::format("parley{}", ::getpid());
  bool good = true;
  for (int end = 0; end < 2; ++end) {
    out->names_[end] = stem + (end == 0 ? "a" : "b");
    good = good && run("ip netns add " + out->names_[end]);
  }
  good = good && run(fmt::format("ip link add p0 netns {} type veth peer name p0 netns {}", out->names_[0],
                                 out->names_[1]));
  for (int end = 0; end < 2; ++end) {
    const std::string in = "ip -n " + out->names_[end] + " ";
    good = good && run(fmt::format("{}addr add {}/30 dev p0", in, address_of(end))) &&
           run(in + "link set p0 up");
  }
  if (!good) {
    problem = "the network namespaces for --network could not be made (iproute2, veth)";
    return nullptr;
  }
  const auto everywhere = [&](const std::string& queue) {
    return run("tc -n " + out->names_[0] + " qdisc add dev p0 root " + queue) &&
           run("tc -n " + out->names_[1] + " qdisc add dev p0 root " + queue);
  };
  const auto one_way = kind.round_trip / 2;
  if (everywhere(
          fmt::format("netem delay {}us rate {}bit limit 100000", one_way.count(), kind.bits_per_second))) {
    out->shaping_ = "netem";
  } else if (everywhere(fmt::format("tbf rate {}bit burst 64kb latency 50ms", kind.bits_per_second))) {
    out->shaping_ = "tbf + delay line";
    out->own_delay_ = one_way;
  } else {
    problem = "the kernel has neither the netem nor the tbf queue that --network needs";
    return nullptr;
  }
  return out;
}

Link::~Link() {
  for (const std::string& name : names_)
    if (!name.empty()) run("ip netns del " + name);
}

// A socket keeps the namespace that it was made in; the thread goes back to its own.
int Link::socket_in(int end) const {
  int fd = -1;
  std::thread([&] {
    if (!names_[end].empty()) {
      const int space = ::open(("/var/run/netns/" + names_[end]).c_str(), O_RDONLY | O_CLOEXEC);
      PARLEY_ASSERT(space >= 0 && ::setns(space, CLONE_NEWNET) == 0);
      ::close(space);
    }
    fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  }).join();
  PARLEY_ASSERT(fd >= 0);
  return fd;
}

std::pair<int, int> Link::connect() {
  const int listener = socket_in(1);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = names_[1].empty() ? htonl(INADDR_LOOPBACK) : ::inet_addr(address_of(1));
  socklen_t size = sizeof address;
  PARLEY_ASSERT(::bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0);
  PARLEY_ASSERT(::listen(listener, 1) == 0);
  PARLEY_ASSERT(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  const int client = socket_in(0);
  PARLEY_ASSERT(::connect(client, reinterpret_cast<sockaddr*>(&address), size) == 0);
  const int server = ::accept(listener, nullptr, nullptr);
  PARLEY_ASSERT(server >= 0);
  ::close(listener);
  const int on = 1;
  ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return {client, server};
}

Wire::Wire(int fd, std::chrono::microseconds delay) : fd_(fd), delay_(delay) {
  reader_ = std::thread([this] { read_all(); });
  writer_ = std::thread([this] { write_all(); });
}

Wire::~Wire() {
  flush();
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  ::shutdown(fd_, SHUT_RD);
  reader_.join();
  writer_.join();
  ::close(fd_);
}

void Wire::write(match::Message message) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return out_bytes_ < queue_bytes; });
  out_bytes_ += message.body.size();
  sent_ += header_bytes + message.body.size();
  out_.push_back(std::move(message));
  changed_.notify_all();
}

void Wire::flush() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return out_.empty() && !writing_; });
}

match::Message Wire::read() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !in_.empty() || closing_; });
  PARLEY_ASSERT(!in_.empty());
  Arrived next = std::move(in_.front());
  in_.pop_front();
  in_bytes_ -= next.message.body.size();
  received_ += header_bytes + next.message.body.size();
  changed_.notify_all();
  lock.unlock();
  if (delay_.count() > 0) std::this_thread::sleep_until(next.due);
  return std::move(next.message);
}

void Wire::write_all() {
  while (true) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !out_.empty() || closing_; });
    if (out_.empty()) return;
    match::Message message = std::move(out_.front());
    out_.pop_front();
    writing_ = true;
    lock.unlock();
    Bytes head;
    append_u32(head, static_cast<std::uint32_t>(message.body.size() + 1));
    head.push_back(message.type);
    send_all(fd_, {{{head.data(), head.size()}, {message.body.data(), message.body.size()}}});
    lock.lock();
    writing_ = false;
    out_bytes_ -= message.body.size();
    changed_.notify_all();
  }
}

void Wire::read_all() {
  while (true) {
    ByteArray<header_bytes> head;
    if (!fill(fd_, head)) break;
    const auto length = ByteReader(head).u32();
    PARLEY_ASSERT(length && *length >= 1 && *length <= (1U << 20));
    match::Message message{head[4], Bytes(*length - 1)};
    if (!fill(fd_, message.body)) break;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return in_bytes_ < queue_bytes || closing_; });
    in_bytes_ += message.body.size();
    in_.push_back({std::move(message), Clock::now() + delay_});
    changed_.notify_all();
  }
  const std::lock_guard lock(mutex_);
  closing_ = true;
  changed_.notify_all();
}

}  // namespace parley::bench
