// bench_match --protocol dh --security semi-honest --items N [--peer-items M] [--threads T] [--output
// items|size]
//             [--json]
// One matching session between two processes over loopback TCP, half of the smaller set in common, the result
// checked. cost_ratio: CPU of both parties by their padded items, over two scalar multiplications and one
// hash to the group measured in the same run.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "base/assert.hpp"
#include "crypto/ristretto.hpp"
#include "crypto/seeded.hpp"
#include "encoding/json.hpp"
#include "match/commitment.hpp"
#include "match/party.hpp"
#include "measure.hpp"

namespace {

using namespace parley;
using match::Role;

struct Options {
  std::uint32_t items = 1U << 14;
  std::uint32_t peer_items = 0;
  std::size_t threads = 1;
  match::Output output = match::Output::items;
  bool json = false;
};

/// What the receiver's process reports to its parent, which plays the sender.
struct Report {
  double cpu = 0;
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
  std::uint64_t peak_rss = 0;
  std::uint32_t matches = 0;
  std::uint32_t correct = 0;
};

class Threads final : public Parallel {
 public:
  explicit Threads(std::size_t width) : width_(width) {}
  std::size_t width() const override { return width_; }
  void run(std::size_t count, const std::function<void(std::size_t)>& task) override {
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
      for (std::size_t i = next++; i < count; i = next++) task(i);
    };
    std::vector<std::jthread> others;
    for (std::size_t t = 1; t < std::min(width_, count); ++t) others.emplace_back(work);
    work();
  }

 private:
  std::size_t width_;
};

/// Messages over a socket as u32 length ‖ u8 type ‖ body; counts what passes.
class Wire {
 public:
  explicit Wire(int fd) : fd_(fd) {}
  void write(const match::Message& message) {
    Bytes frame;
    append_u32(frame, static_cast<std::uint32_t>(message.body.size() + 1));
    frame.push_back(message.type);
    append(frame, BytesView(message.body));
    for (std::size_t at = 0; at < frame.size();) {
      const ssize_t n = ::send(fd_, frame.data() + at, frame.size() - at, MSG_NOSIGNAL);
      PARLEY_ASSERT(n > 0);
      at += static_cast<std::size_t>(n);
    }
    sent += frame.size();
  }
  match::Message read() {
    ByteArray<5> head;
    fill(head);
    const auto length = ByteReader(head).u32();
    PARLEY_ASSERT(length && *length >= 1 && *length <= (1U << 20));
    match::Message message{head[4], Bytes(*length - 1)};
    fill(message.body);
    received += 4 + *length;
    return message;
  }
  std::uint64_t sent = 0;
  std::uint64_t received = 0;

 private:
  void fill(std::span<std::uint8_t> out) {
    while (!out.empty()) {
      const ssize_t n = ::recv(fd_, out.data(), out.size(), 0);
      PARLEY_ASSERT(n > 0);
      out = out.subspan(static_cast<std::size_t>(n));
    }
  }
  int fd_;
};

match::ItemSet make_set(std::uint32_t begin, std::uint32_t count) {
  std::vector<Bytes> items;
  items.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    Bytes item = to_bytes("domain-name");
    item.push_back(0);
    append(item, fmt::format("h{:08}.example.org", begin + i));
    items.push_back(std::move(item));
  }
  auto set = match::ItemSet::make(items);
  PARLEY_ASSERT(set);
  return std::move(*set);
}

std::unique_ptr<match::Party> run_party(Role role, const match::Parameters& parameters, match::ItemSet items,
                                        Wire& wire, Parallel& parallel) {
  crypto::Secret<32> seed;
  seed.mutable_view()[0] = static_cast<std::uint8_t>(role) + 1;
  // Part of every session: the root over the own set that goes into the offer.
  match::set_root(items, seed,
                  role == Role::receiver ? parameters.receiver_padded : parameters.sender_padded);
  auto party = match::make_party(role, parameters, seed, std::move(items), parallel);
  PARLEY_ASSERT(party);
  auto step = (*party)->start();
  while (true) {
    PARLEY_ASSERT(step);
    for (const match::Message& message : step->send) wire.write(message);
    if (step->done) return std::move(*party);
    if (step->more) {
      step = (*party)->resume();
    } else {
      const match::Message message = wire.read();
      step = (*party)->on_message(message.type, message.body);
    }
  }
}

/// Two connected TCP sockets on the loopback interface, on a port that the system chooses.
std::pair<int, int> loopback_pair() {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  PARLEY_ASSERT(::bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0);
  PARLEY_ASSERT(::listen(listener, 1) == 0);
  PARLEY_ASSERT(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  const int client = ::socket(AF_INET, SOCK_STREAM, 0);
  PARLEY_ASSERT(::connect(client, reinterpret_cast<sockaddr*>(&address), size) == 0);
  const int server = ::accept(listener, nullptr, nullptr);
  PARLEY_ASSERT(server >= 0);
  ::close(listener);
  const int on = 1;
  ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return {client, server};
}

/// CPU nanoseconds of the work that no implementation on these primitives can avoid for one item.
double nanoseconds_of_primitives() {
  crypto::SeededEntropy entropy(crypto::Secret<32>(), "bench_match");
  const crypto::Scalar scalar = crypto::Scalar::random(entropy);
  const Bytes item = to_bytes("domain-name:h00000000.example.org");
  crypto::EncodedPoint point = crypto::hash_to_group(item, "bench").bytes();
  const double multiply = bench::nanoseconds_per_call(
      1000, [&](std::size_t) { point = crypto::multiply(point, scalar)->bytes(); });
  const double hash = bench::nanoseconds_per_call(
      1000, [&](std::size_t) { point[0] ^= crypto::hash_to_group(item, "bench").bytes()[0]; });
  return 2 * multiply + hash;
}

int usage() {
  std::fputs(
      "bench_match [--protocol dh] [--security semi-honest] --items N [--peer-items M] [--threads T] "
      "[--output items|size] [--json]\n",
      stderr);
  return 2;
}

bool parse(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--json") {
      options.json = true;
      continue;
    }
    if (++i == argc) return false;
    const std::string value = argv[i];
    const auto number = [&] { return static_cast<std::uint32_t>(std::strtoul(value.c_str(), nullptr, 10)); };
    if (name == "--protocol") {
      if (value != "dh") return false;
    } else if (name == "--security") {
      if (value != match::protocol_security(match::Protocol::dh)) return false;
    } else if (name == "--items") {
      options.items = number();
    } else if (name == "--peer-items") {
      options.peer_items = number();
    } else if (name == "--threads") {
      options.threads = std::max(1U, number());
    } else if (name == "--output") {
      const auto output = match::parse_output(value);
      if (!output) return false;
      options.output = *output;
    } else {
      return false;
    }
  }
  if (options.peer_items == 0) options.peer_items = options.items;
  return options.items <= match::max_padded_size && options.peer_items <= match::max_padded_size;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!parse(argc, argv, options)) return usage();
  match::Parameters parameters;
  parameters.output = options.output;
  parameters.receiver_padded = match::padded_size(options.items);
  parameters.sender_padded = match::padded_size(options.peer_items);
  const std::uint32_t common = std::min(options.items, options.peer_items) / 2;
  const double primitives_before = nanoseconds_of_primitives();
  const auto [receiver_fd, sender_fd] = loopback_pair();
  int report_pipe[2];
  PARLEY_ASSERT(::pipe(report_pipe) == 0);

  const auto start = std::chrono::steady_clock::now();
  const pid_t child = ::fork();
  PARLEY_ASSERT(child >= 0);
  if (child == 0) {
    ::close(sender_fd);
    Wire wire(receiver_fd);
    Threads parallel(options.threads);
    match::ItemSet items = make_set(0, options.items);
    const double before = bench::cpu_seconds();
    const auto party = run_party(Role::receiver, parameters, std::move(items), wire, parallel);
    Report report{bench::cpu_seconds() - before, wire.sent, wire.received, bench::peak_rss_bytes(),
                  party->outcome()->size,        1};
    // The receiver holds 0 … items, the sender begins where `common` items are left.
    report.correct = report.matches == common ? 1 : 0;
    for (std::uint32_t i = 0; i < party->outcome()->items.size(); ++i)
      if (party->outcome()->items[i] != options.items - common + i) report.correct = 0;
    PARLEY_ASSERT(::write(report_pipe[1], &report, sizeof report) == sizeof report);
    std::_Exit(0);
  }
  ::close(receiver_fd);
  Wire wire(sender_fd);
  Threads parallel(options.threads);
  match::ItemSet items = make_set(options.items - common, options.peer_items);
  const double before = bench::cpu_seconds();
  run_party(Role::sender, parameters, std::move(items), wire, parallel);
  const double sender_cpu = bench::cpu_seconds() - before;
  const std::uint64_t sender_rss = bench::peak_rss_bytes();
  Report report;
  PARLEY_ASSERT(::read(report_pipe[0], &report, sizeof report) == sizeof report);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  int status = 0;
  ::waitpid(child, &status, 0);

  // Each party hashes and masks its own padded set and masks the peer's.
  const double padded = static_cast<double>(parameters.receiver_padded) + parameters.sender_padded;
  const double per_item = (report.cpu + sender_cpu) * 1e9 / padded;
  const double primitives = (primitives_before + nanoseconds_of_primitives()) / 2;
  using encoding::Json;
  const Json out = Json::object({{"protocol", match::protocol_name(parameters.protocol)},
                                 {"security", match::protocol_security(parameters.protocol)},
                                 {"output", match::output_name(parameters.output)},
                                 {"items", options.items},
                                 {"peer_items", options.peer_items},
                                 {"threads", options.threads},
                                 {"seconds", seconds},
                                 {"cpu_seconds", report.cpu + sender_cpu},
                                 {"bytes_sent", report.sent},
                                 {"bytes_received", report.received},
                                 {"peak_rss_bytes", std::max(report.peak_rss, sender_rss)},
                                 {"matches", report.matches},
                                 {"correct", report.correct == 1},
                                 {"ns_per_padded_item", per_item},
                                 {"ns_of_primitives", primitives},
                                 {"cost_ratio", per_item / primitives}});
  if (options.json) {
    fmt::print("{}\n", encoding::write_json(out));
  } else {
    for (const auto& [name, value] : *out.if_object())
      fmt::print("{:<20} {}\n", name, encoding::write_json(value));
  }
  return report.correct == 1 ? 0 : 1;
}
