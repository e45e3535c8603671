#pragma once

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

#include "net/local_socket.hpp"
#include "net/net_fixture_test.hpp"
#include "net/tls.hpp"
#include "net/upgrade.hpp"

namespace parley::net::testing {

/// A TCP connection to the loopback, blocking, with a receive timeout far beyond every limit that is tested.
inline Descriptor tcp_to(const Address& address) {
  // OpenSSL writes to the descriptor without MSG_NOSIGNAL, and these peers write to closed connections.
  ::signal(SIGPIPE, SIG_IGN);
  Descriptor out(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(address.port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(out.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  return out;
}

/// Everything that still comes, until the other side closes or resets.
inline std::string drain(int socket) {
  std::string out;
  char part[4096];
  while (true) {
    const ssize_t count = ::recv(socket, part, sizeof part, 0);
    if (count <= 0) return out;
    out.append(part, static_cast<std::size_t>(count));
  }
}

/// A peer that is not our code above TLS: it says what a test wants, in the order that the test wants.
class RawPeer {
 public:
  RawPeer(const Address& address, SSL_CTX* context) : socket_(tcp_to(address)), ssl_(SSL_new(context)) {
    SSL_set_fd(ssl_, socket_.get());
  }
  /// With Alpha's key and certificate, trusting anybody.
  RawPeer(const Address& address, const Party& party)
      : socket_(tcp_to(address)),
        owned_(*make_peer_context(TlsRole::client, party.certificate, party.tls,
                                  [](const crypto::PublicKey&) { return true; })),
        ssl_(SSL_new(owned_->context.native_handle())) {
    SSL_set_fd(ssl_, socket_.get());
  }
  ~RawPeer() { SSL_free(ssl_); }
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;

  bool handshake() { return SSL_connect(ssl_) == 1; }
  /// False when the other side has closed.
  bool write(BytesView bytes) {
    return SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())) == static_cast<int>(bytes.size());
  }
  bool write(std::string_view text) { return write(as_bytes(text)); }
  bool write(const peer::Frame& frame) { return write(BytesView(peer::encode_frame(frame))); }
  /// All content until the end of the connection.
  std::string read_to_end() {
    std::string out;
    char part[4096];
    while (true) {
      const int count = SSL_read(ssl_, part, sizeof part);
      if (count <= 0) return out;
      out.append(part, static_cast<std::size_t>(count));
    }
  }
  std::string read_head() {
    std::string out;
    char byte = 0;
    while (!out.ends_with("\r\n\r\n") && SSL_read(ssl_, &byte, 1) == 1) out += byte;
    return out;
  }
  peer::Frame read_frame() {
    while (true) {
      auto frame = decoder_.next();
      if (!frame) return {};
      if (*frame) return **frame;
      std::uint8_t byte = 0;
      if (SSL_read(ssl_, &byte, 1) != 1) return {};
      if (!decoder_.feed(BytesView(&byte, 1))) return {};
    }
  }
  /// TLS and the upgrade, to the first frame.
  bool upgrade() {
    return handshake() && write(write_upgrade_request("127.0.0.1")) &&
           check_upgrade_answer(read_head()).has_value();
  }
  /// The whole hello as Alpha; the responder's frames were right if it is true.
  bool hello(Party& alpha, const Party& bravo) {
    auto exporter = exporter_of(ssl_);
    peer::HelloConfig config{.side = peer::Side::initiator,
                             .own_origin = alpha.origin,
                             .role_key = &alpha.role,
                             .peer = bravo.as_peer().pinned,
                             .exporter = *exporter,
                             .versions = {},
                             .features = {}};
    peer::HelloMachine machine(std::move(config), alpha.entropy);
    auto step = machine.start();
    while (step && !step->session) {
      for (const peer::Frame& frame : step->send) {
        sent_.push_back(frame);
        if (!write(frame)) return false;
      }
      received_.push_back(read_frame());
      step = machine.on_frame(received_.back());
    }
    if (!step) return false;
    for (const peer::Frame& frame : step->send) {
      sent_.push_back(frame);
      if (!write(frame)) return false;
    }
    return true;
  }
  /// The frames that `hello` sent, for a replay.
  const std::vector<peer::Frame>& hello_frames() const { return sent_; }
  /// And those that it received.
  const std::vector<peer::Frame>& answers() const { return received_; }
  SSL* ssl() { return ssl_; }
  int socket() const { return socket_.get(); }
  void disconnect() { ::shutdown(socket_.get(), SHUT_RDWR); }

 private:
  Descriptor socket_;
  std::shared_ptr<TlsContext> owned_;
  SSL* ssl_;
  peer::FrameDecoder decoder_;
  std::vector<peer::Frame> sent_, received_;
};

}  // namespace parley::net::testing
