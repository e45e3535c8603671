#include "net/tls_stream.hpp"

#include <openssl/err.h>
#include <openssl/sha.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace parley::net {

namespace {

// A BIO that appends what OpenSSL sends to a string.
int append_to_string(BIO* bio, const char* data, std::size_t size, std::size_t* written) {
  static_cast<std::string*>(BIO_get_data(bio))->append(data, size);
  *written = size;
  return 1;
}
long string_control(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}
int string_create(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}
const BIO_METHOD* string_sink() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "string");
    if (!made || BIO_meth_set_write_ex(made, append_to_string) != 1 ||
        BIO_meth_set_ctrl(made, string_control) != 1 || BIO_meth_set_create(made, string_create) != 1)
      std::abort();
    return made;
  }();
  return method;
}

std::unexpected<Error> broken(std::string_view doing) {
  ERR_clear_error();
  return fail(ErrorKind::peer, std::string(doing) + ": the connection ended or is no TLS");
}

}  // namespace

std::string TlsBuffers::take() {
  if (free_.empty()) return {};
  std::string out = std::move(free_.back());
  free_.pop_back();
  return out;
}

void TlsBuffers::give(std::string buffer) {
  if (buffer.capacity() < small_piece || free_.size() >= 8) return;
  buffer.clear();
  free_.push_back(std::move(buffer));
}

std::size_t TlsBuffers::piece() const {
  if (held > max_held) return small_piece;
  return loop_->is_io_busy() ? large_piece : prompt_piece;
}

TlsStream::TlsStream(Socket socket, SSL_CTX* context, std::shared_ptr<TlsBuffers> buffers)
    : socket_(std::move(socket)), buffers_(std::move(buffers)), ssl_(SSL_new(context)) {
  ErrorCode ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
  BIO* in = BIO_new_socket(socket_.native_handle(), BIO_NOCLOSE);
  BIO* out = BIO_new(string_sink());
  if (!ssl_ || !in || !out) std::abort();  // out of memory
  BIO_set_data(out, &out_);
  SSL_set_bio(ssl_.get(), in, out);
  SSL_set_accept_state(ssl_.get());
}

TlsStream::~TlsStream() = default;

void TlsStream::cut() {
  ErrorCode ignored;
  socket_.close(ignored);
}

awaitable<Result<void>> TlsStream::flush() {
  std::size_t sent = 0;
  std::size_t counted = 0;
  Result<void> result;
  while (sent < out_.size()) {
    const ssize_t count =
        ::send(socket_.native_handle(), out_.data() + sent, out_.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count > 0) {
      sent += static_cast<std::size_t>(count);
      continue;
    }
    if (count < 0 && errno == EINTR) continue;
    if (count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) {
      result = broken("sending");
      break;
    }
    // The other side reads slowly: what waits for it is kept in a buffer of its size, and counted.
    std::string rest = out_.substr(sent);
    buffers_->give(std::move(out_));
    out_ = std::move(rest);
    sent = 0;
    buffers_->held += out_.size() - counted;
    counted = out_.size();
    const auto [error] = co_await socket_.async_wait(Socket::wait_write, as_result);
    if (error) {
      result = network_error("sending", error);
      break;
    }
  }
  buffers_->held -= counted;
  out_.clear();
  co_return result;
}

awaitable<Result<void>> TlsStream::handshake() {
  while (true) {
    ERR_clear_error();
    const int result = SSL_accept(ssl_.get());
    const int error = result == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_.get(), result);
    if (!out_.empty()) {
      const Result<void> sent = co_await flush();
      if (!sent) co_return sent;
    }
    out_.shrink_to_fit();
    if (result == 1) co_return Result<void>();
    if (error != SSL_ERROR_WANT_READ) co_return broken("the handshake");
    const auto [failed] = co_await socket_.async_wait(Socket::wait_read, as_result);
    if (failed) co_return network_error("the handshake", failed);
  }
}

awaitable<Result<void>> TlsStream::read(std::string* into) {
  while (true) {
    ERR_clear_error();
    const auto space = buffers_->scratch();
    std::size_t count = 0;
    const int result = SSL_read_ex(ssl_.get(), space.data(), space.size(), &count);
    if (result == 1) {
      into->append(space.data(), count);
      co_return Result<void>();
    }
    const int error = SSL_get_error(ssl_.get(), result);
    if (!out_.empty()) {  // an answer to a key update
      const Result<void> sent = co_await flush();
      if (!sent) co_return sent;
    }
    if (error != SSL_ERROR_WANT_READ) co_return broken("reading");
    const auto [failed] = co_await socket_.async_wait(Socket::wait_read, as_result);
    if (failed) co_return network_error("reading", failed);
  }
}

bool TlsStream::encrypt(std::string_view bytes) {
  std::size_t written = 0;
  ERR_clear_error();
  return bytes.empty() ||
         (SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &written) == 1 && written == bytes.size());
}

// The head and the first of the body, as much as one record holds; how much of the body that is, or nothing
// when it could not be encrypted.
std::optional<std::size_t> TlsStream::encrypt_start(std::string_view head, std::string_view body) {
  const std::span<char> record = buffers_->scratch();
  if (head.size() >= record.size()) return encrypt(head) ? std::optional<std::size_t>(0) : std::nullopt;
  const std::size_t part = std::min(body.size(), record.size() - head.size());
  std::ranges::copy(head, record.begin());
  std::ranges::copy(body.substr(0, part), record.begin() + static_cast<std::ptrdiff_t>(head.size()));
  if (!encrypt(std::string_view(record.data(), head.size() + part))) return std::nullopt;
  return part;
}

awaitable<Result<void>> TlsStream::write(std::string head, std::shared_ptr<const std::string> body) {
  const std::string_view bytes = body ? std::string_view(*body) : std::string_view();
  out_ = buffers_->take();
  const auto start = encrypt_start(head, bytes);
  if (!start) co_return broken("sending");
  head = {};
  for (std::size_t at = *start;;) {
    // Whole records, as long as nobody reads too slowly for them.
    const std::size_t most = buffers_->piece();
    const std::size_t records = most / TlsBuffers::small_piece;
    const std::size_t room = records - std::min(records, out_.size() / TlsBuffers::small_piece);
    const std::size_t part = std::min(bytes.size() - at, room * TlsBuffers::small_piece);
    const bool done = encrypt(bytes.substr(at, part));
    if (!done) co_return broken("sending");
    at += part;
    const Result<void> sent = co_await flush();
    if (!sent) co_return sent;
    if (at == bytes.size()) break;
    if (out_.capacity() == 0) out_ = buffers_->take();
  }
  buffers_->give(std::move(out_));
  out_ = {};
  co_return Result<void>();
}

void TlsStream::say_goodbye() {
  if (SSL_is_init_finished(ssl_.get()) != 1 || !socket_.is_open()) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
  const ssize_t ignored =
      ::send(socket_.native_handle(), out_.data(), out_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  static_cast<void>(ignored);
  out_.clear();
}

std::optional<ByteArray<32>> TlsStream::certificate_hash() {
  X509* certificate = SSL_get0_peer_certificate(ssl_.get());
  ByteArray<32> hash{};
  unsigned size = 0;
  if (!certificate || X509_digest(certificate, EVP_sha256(), hash.data(), &size) != 1 || size != hash.size())
    return std::nullopt;
  return hash;
}

}  // namespace parley::net
