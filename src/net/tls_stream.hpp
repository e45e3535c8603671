#pragma once

// The server's end of a TLS connection. For the sources of `net` alone, on the IO thread.
//
// Asio's own TLS stream holds 70 kB a connection and hands every record to the system by itself. Here an idle
// connection holds what OpenSSL holds, and an answer is encrypted in large pieces into a buffer that all
// connections share, each piece one call to the system.

#include <openssl/ssl.h>

#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "net/asio.hpp"
#include "net/node_loop.hpp"
#include "net/openssl.hpp"

namespace parley::net {

/// What the connections of one listener share: large buffers, and how much is held by those whose other side
/// does not read.
class TlsBuffers {
 public:
  /// Encrypted and not yet taken by the system, over all connections: beyond it pieces are small.
  static constexpr std::size_t max_held = std::size_t{64} << 20;
  static constexpr std::size_t small_piece = std::size_t{16} << 10;
  static constexpr std::size_t large_piece = std::size_t{192} << 10;
  /// While the IO thread has time to spare: half of the window that a connection usually begins with. Of more
  /// the rest may wait until the other side tells of room for a whole segment, milliseconds on the loopback
  /// interface. A busy thread has no time for more calls, and its answers wait anyway.
  static constexpr std::size_t prompt_piece = std::size_t{32} << 10;

  explicit TlsBuffers(NodeLoop& loop) : loop_(&loop) {}

  std::string take();
  void give(std::string buffer);
  /// How much is encrypted and handed to the system at once.
  std::size_t piece() const;
  /// 16 KiB of scratch for reading: its content is lost at the next co_await.
  std::span<char> scratch() { return scratch_; }
  std::size_t held = 0;

 private:
  NodeLoop* loop_;
  std::vector<std::string> free_;
  std::vector<char> scratch_ = std::vector<char>(small_piece);
};

class TlsStream {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  TlsStream(Socket socket, SSL_CTX* context, std::shared_ptr<TlsBuffers> buffers);
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  Socket& socket() { return socket_; }
  SSL* ssl() { return ssl_.get(); }

  awaitable<Result<void>> handshake();
  /// Appends what has come, one record's worth at least, to `into`, which the caller keeps alive. An error at
  /// the end of the stream too.
  awaitable<Result<void>> read(std::string* into);
  /// Writes `head` and then `body` (may be null), and returns when the system has taken all of it.
  awaitable<Result<void>> write(std::string head, std::shared_ptr<const std::string> body);
  /// Says that nothing follows, if the system takes it at once.
  void say_goodbye();
  void cut();
  /// SHA-256 of the certificate that the other side has proven to own.
  std::optional<ByteArray<32>> certificate_hash();

 private:
  awaitable<Result<void>> flush();
  bool encrypt(std::string_view bytes);
  std::optional<std::size_t> encrypt_start(std::string_view head, std::string_view body);

  Socket socket_;
  std::shared_ptr<TlsBuffers> buffers_;
  std::unique_ptr<SSL, FreeWith<SSL_free>> ssl_;
  std::string out_;  // encrypted, for the system
};

}  // namespace parley::net
