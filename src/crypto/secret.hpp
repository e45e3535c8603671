#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <utility>

#include "base/bytes.hpp"
#include "base/entropy.hpp"

namespace parley::crypto {

/// Overwrites memory in a way that the compiler may not remove.
void wipe(std::span<std::uint8_t> bytes);

/// N secret bytes. Wiped when it dies or is moved from; it cannot be copied by accident, compared, streamed
/// or formatted. What needs the bytes asks for a `view()`, which stands out in a review.
template <std::size_t N>
class Secret {
 public:
  /// All zero, as a place to move a secret into.
  Secret() = default;
  /// Takes the bytes over and wipes the argument.
  explicit Secret(ByteArray<N>&& bytes) : bytes_(bytes) { wipe(bytes); }
  static Secret generate(Entropy& entropy) {
    Secret out;
    entropy.fill(out.bytes_);
    return out;
  }
  /// Copies N bytes, or says what length came instead. The caller wipes its own copy.
  static Result<Secret> from(BytesView bytes) {
    if (bytes.size() != N)
      return fail(ErrorKind::bad_input,
                  "expected " + std::to_string(N) + " bytes, got " + std::to_string(bytes.size()));
    Secret out;
    std::copy(bytes.begin(), bytes.end(), out.bytes_.begin());
    return out;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&& other) noexcept : bytes_(other.bytes_) { wipe(other.bytes_); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      bytes_ = other.bytes_;
      wipe(other.bytes_);
    }
    return *this;
  }
  ~Secret() { wipe(bytes_); }

  std::span<const std::uint8_t, N> view() const { return bytes_; }
  /// For code that fills the secret in place.
  std::span<std::uint8_t, N> mutable_view() { return bytes_; }
  /// A second owner, on purpose.
  Secret clone() const {
    Secret out;
    out.bytes_ = bytes_;
    return out;
  }

  bool operator==(const Secret&) const = delete;
  template <class Stream>
  friend Stream& operator<<(Stream&, const Secret&) = delete;

 private:
  ByteArray<N> bytes_{};
};

/// Secret bytes whose number is known at run time; the same rules as `Secret`.
class SecretBytes {
 public:
  SecretBytes() = default;
  /// Takes the bytes over.
  explicit SecretBytes(Bytes&& bytes) : bytes_(std::move(bytes)) {}
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  SecretBytes(SecretBytes&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  SecretBytes& operator=(SecretBytes&& other) noexcept {
    if (this != &other) {
      wipe(bytes_);
      bytes_ = std::exchange(other.bytes_, {});
    }
    return *this;
  }
  ~SecretBytes() { wipe(bytes_); }

  BytesView view() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }

  bool operator==(const SecretBytes&) const = delete;
  template <class Stream>
  friend Stream& operator<<(Stream&, const SecretBytes&) = delete;

 private:
  Bytes bytes_;
};

/// A 32-byte key for one purpose out of another secret: HKDF-SHA-256 (RFC 5869) with an empty salt and the
/// label as info. Different labels give unrelated keys.
Secret<32> derive_secret(BytesView ikm, std::string_view label);

}  // namespace parley::crypto
