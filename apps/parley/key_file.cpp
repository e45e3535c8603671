#include "key_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include "files.hpp"

namespace parley::app {

namespace {

// RFC 8410 section 7 and 4: the DER around the 32 bytes is always the same.
constexpr ByteArray<16> private_prefix{0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06,
                                       0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20};
constexpr ByteArray<12> public_prefix{0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
constexpr std::size_t key_file_limit = 4096;

void wipe(std::string& text) {
  crypto::wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
}

std::string pem(std::string_view label, BytesView der) {
  std::string body = to_base64(der);
  std::string out;
  out.reserve(body.size() + 2 * label.size() + 64);  // no copy is left behind by growing
  out.append("-----BEGIN ")
      .append(label)
      .append("-----\n")
      .append(body)
      .append("\n-----END ")
      .append(label)
      .append("-----\n");
  wipe(body);
  return out;
}

/// The 32 bytes between `label`'s markers, after `prefix`.
Result<Bytes> from_pem(std::string_view text, std::string_view label, BytesView prefix) {
  const std::string begin = "-----BEGIN " + std::string(label) + "-----";
  const std::string end = "-----END " + std::string(label) + "-----";
  const std::size_t from = text.find(begin);
  const std::size_t to = text.find(end);
  if (from == std::string_view::npos || to == std::string_view::npos || to < from)
    return fail(ErrorKind::bad_input, "no PEM block \"" + std::string(label) + "\"");
  std::string body;
  body.reserve(to - from);
  for (char c : text.substr(from + begin.size(), to - from - begin.size()))
    if (c != '\n' && c != '\r' && c != ' ') body.push_back(c);
  auto der = from_base64(body);
  wipe(body);
  if (!der) return std::unexpected<Error>(der.error());
  if (der->size() != prefix.size() + 32 || !std::equal(prefix.begin(), prefix.end(), der->begin())) {
    crypto::wipe(*der);
    return fail(ErrorKind::bad_input, "not an Ed25519 key (RFC 8410)");
  }
  Bytes key(der->begin() + static_cast<std::ptrdiff_t>(prefix.size()), der->end());
  crypto::wipe(*der);
  return key;
}

Error at(Error error, const std::string& path) {
  error.where = path;
  return error;
}

}  // namespace

Result<void> write_signing_key(const std::string& path, const crypto::SigningKey& key) {
  if (file_exists(path)) return fail(ErrorKind::conflict, "exists already; keys are never overwritten", path);
  Bytes der(private_prefix.begin(), private_prefix.end());
  append(der, BytesView(key.seed().view()));
  std::string text = pem("PRIVATE KEY", der);
  crypto::wipe(der);
  auto written = write_file(path, text, 0600);
  wipe(text);
  return written;
}

Result<crypto::SigningKey> read_signing_key(const std::string& path) {
  PARLEY_TRY(std::string text, read_file(path, key_file_limit));
  struct stat info{};
  if (::stat(path.c_str(), &info) == 0 && (info.st_mode & 077) != 0)
    return fail(ErrorKind::bad_input, "others may read this private key; run: chmod 600 " + path, path);
  auto seed = from_pem(text, "PRIVATE KEY", private_prefix);
  wipe(text);
  if (!seed) return std::unexpected<Error>(at(seed.error(), path));
  auto key = crypto::SigningKey::from_seed(BytesView(*seed));
  crypto::wipe(*seed);
  return key;
}

std::string public_key_pem(const crypto::PublicKey& key) {
  Bytes der(public_prefix.begin(), public_prefix.end());
  append(der, key.value());
  return pem("PUBLIC KEY", der);
}

Result<crypto::PublicKey> read_public_key(const std::string& path) {
  PARLEY_TRY(std::string text, read_file(path, key_file_limit));
  if (text.find("BEGIN PRIVATE KEY") != std::string::npos) {
    PARLEY_TRY(crypto::SigningKey key, read_signing_key(path));
    return key.public_key();
  }
  auto bytes = from_pem(text, "PUBLIC KEY", public_prefix);
  if (!bytes) return std::unexpected<Error>(at(bytes.error(), path));
  PARLEY_TRY(auto array, to_array<32>(*bytes));
  return crypto::PublicKey(array);
}

}  // namespace parley::app
