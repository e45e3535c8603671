#include "encoding/zip.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <set>

namespace parley::encoding {
namespace {

// PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.
constexpr std::uint32_t local_signature = 0x04034b50;
constexpr std::uint32_t central_signature = 0x02014b50;
constexpr std::uint32_t end_signature = 0x06054b50;
constexpr std::size_t local_bytes = 30;
constexpr std::uint16_t version = 20;
constexpr std::uint16_t date_1980_01_01 = 0x0021;

void put16(Bytes& out, std::uint16_t value) {
  out.push_back(static_cast<std::uint8_t>(value));
  out.push_back(static_cast<std::uint8_t>(value >> 8U));
}
void put32(Bytes& out, std::uint32_t value) {
  put16(out, static_cast<std::uint16_t>(value));
  put16(out, static_cast<std::uint16_t>(value >> 16U));
}
std::uint16_t get16(BytesView in, std::size_t at) {
  return static_cast<std::uint16_t>(in[at] | in[at + 1] << 8U);
}
std::uint32_t get32(BytesView in, std::size_t at) {
  return get16(in, at) | std::uint32_t{get16(in, at + 2)} << 16U;
}

/// crc_tables[k][b]: what byte b does to the checksum k bytes later, so that four bytes go in one step.
constexpr std::array<std::array<std::uint32_t, 256>, 4> crc_tables = [] {
  std::array<std::array<std::uint32_t, 256>, 4> tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1U) != 0 ? 0xEDB88320U ^ value >> 1U : value >> 1U;
    tables[0][i] = value;
  }
  for (std::size_t k = 1; k < tables.size(); ++k)
    for (std::size_t i = 0; i < 256; ++i)
      tables[k][i] = tables[k - 1][i] >> 8U ^ tables[0][tables[k - 1][i] & 0xFFU];
  return tables;
}();

/// CRC-32 as ZIP uses it. Guards against accidents only; nothing here rests on it.
std::uint32_t crc32(BytesView bytes) {
  std::uint32_t value = 0xFFFFFFFFU;
  std::size_t i = 0;
  for (; i + 4 <= bytes.size(); i += 4) {
    value ^= get32(bytes, i);
    value = crc_tables[3][value & 0xFFU] ^ crc_tables[2][value >> 8U & 0xFFU] ^
            crc_tables[1][value >> 16U & 0xFFU] ^ crc_tables[0][value >> 24U];
  }
  for (; i < bytes.size(); ++i) value = crc_tables[0][(value ^ bytes[i]) & 0xFFU] ^ value >> 8U;
  return ~value;
}

/// What local and central headers have in common: from "version needed" to "extra field length".
void put_common(Bytes& out, const ZipMember& member, std::uint32_t crc) {
  put16(out, version);
  put16(out, 0);  // flags: sizes stand here, names are ASCII
  put16(out, 0);  // stored
  put16(out, 0);  // 00:00:00
  put16(out, date_1980_01_01);
  put32(out, crc);
  put32(out, static_cast<std::uint32_t>(member.content.size()));
  put32(out, static_cast<std::uint32_t>(member.content.size()));
  put16(out, static_cast<std::uint16_t>(member.name.size()));
  put16(out, 0);
}

Result<void> check_members(std::span<const ZipMember> members, const ZipLimits& limits) {
  if (members.size() > limits.max_members || members.size() > 0xFFFE)
    return fail(ErrorKind::bad_input,
                "an archive of more than " + std::to_string(limits.max_members) + " members");
  std::set<std::string> seen;
  std::size_t total = 22;
  for (const ZipMember& member : members) {
    if (!is_zip_name(member.name, limits))
      return fail(ErrorKind::bad_input, "a member may not have this name", to_hex(as_bytes(member.name)));
    std::string folded = member.name;  // two names that one file system takes for the same
    std::transform(folded.begin(), folded.end(), folded.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (!seen.insert(folded).second)
      return fail(ErrorKind::bad_input, "two members of this name", member.name);
    // A member that is also a folder of another could not be unpacked.
    for (std::size_t at = folded.find('/'); at != std::string::npos; at = folded.find('/', at + 1))
      if (seen.contains(folded.substr(0, at)))
        return fail(ErrorKind::bad_input, "a member that is also a folder", member.name);
    total += 2 * member.name.size() + local_bytes + 46 + member.content.size();
    if (total > limits.max_bytes || total > 0xFFFFFFFEU)
      return fail(ErrorKind::bad_input,
                  "an archive larger than " + std::to_string(limits.max_bytes) + " bytes");
  }
  for (const std::string& name : seen)
    if (const auto next = seen.lower_bound(name + "/"); next != seen.end() && next->starts_with(name + "/"))
      return fail(ErrorKind::bad_input, "a member that is also a folder", name);
  return {};
}

}  // namespace

bool is_zip_name(std::string_view name, const ZipLimits& limits) {
  if (name.empty() || name.size() > limits.max_name_bytes) return false;
  bool at_start = true;
  for (const char c : name) {
    if (c == '/') {
      if (at_start) return false;  // a leading or double slash
      at_start = true;
      continue;
    }
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '_' || c == '-' || c == '.';
    if (!plain || (at_start && c == '.')) return false;
    at_start = false;
  }
  return !at_start;
}

Result<Bytes> write_zip(std::span<const ZipMember> members, const ZipLimits& limits) {
  PARLEY_CHECK(check_members(members, limits));
  Bytes out;
  Bytes central;
  for (const ZipMember& member : members) {
    const std::uint32_t crc = crc32(member.content);
    const auto offset = static_cast<std::uint32_t>(out.size());
    put32(out, local_signature);
    put_common(out, member, crc);
    append(out, member.name);
    append(out, member.content);
    put32(central, central_signature);
    put16(central, version);  // made by: FAT, no Unix modes
    put_common(central, member, crc);
    put16(central, 0);  // comment
    put16(central, 0);  // disk
    put16(central, 0);  // internal attributes
    put32(central, 0);  // external attributes
    put32(central, offset);
    append(central, member.name);
  }
  const auto start = static_cast<std::uint32_t>(out.size());
  append(out, central);
  put32(out, end_signature);
  put16(out, 0);
  put16(out, 0);
  put16(out, static_cast<std::uint16_t>(members.size()));
  put16(out, static_cast<std::uint16_t>(members.size()));
  put32(out, static_cast<std::uint32_t>(central.size()));
  put32(out, start);
  put16(out, 0);
  return out;
}

Result<std::vector<ZipMember>> read_zip(BytesView archive, const ZipLimits& limits) {
  if (archive.size() > limits.max_bytes)
    return fail(ErrorKind::bad_input,
                "an archive larger than " + std::to_string(limits.max_bytes) + " bytes");
  // Members are read from the local headers alone, one behind the other; the directory and everything else is
  // then checked at once by writing the archive again. So there is no second opinion on any offset or name.
  std::vector<ZipMember> members;
  std::size_t at = 0;
  while (archive.size() - at >= local_bytes && get32(archive, at) == local_signature) {
    if (members.size() == limits.max_members)
      return fail(ErrorKind::bad_input,
                  "an archive of more than " + std::to_string(limits.max_members) + " members");
    const std::size_t size = get32(archive, at + 18);
    const std::size_t name_size = get16(archive, at + 26);
    const std::size_t left = archive.size() - at - local_bytes;
    if (name_size > left || size > left - name_size)
      return fail(ErrorKind::bad_input, "a member runs past the end of the archive",
                  "byte " + std::to_string(at));
    const std::string_view name = as_text(archive.subspan(at + local_bytes, name_size));
    if (!is_zip_name(name, limits))
      return fail(ErrorKind::bad_input, "a member may not have this name", "byte " + std::to_string(at));
    const BytesView content = archive.subspan(at + local_bytes + name_size, size);
    if (crc32(content) != get32(archive, at + 14))
      return fail(ErrorKind::bad_input, "a member is damaged (checksum)", std::string(name));
    members.push_back({std::string(name), to_bytes(content)});
    at += local_bytes + name_size + size;
  }
  PARLEY_TRY(const Bytes again, write_zip(members, limits));
  if (again.size() != archive.size() || std::memcmp(again.data(), archive.data(), again.size()) != 0)
    return fail(
        ErrorKind::bad_input,
        "not an archive in the one form that is written (stored members, no extra fields, fixed times)");
  return members;
}

}  // namespace parley::encoding
