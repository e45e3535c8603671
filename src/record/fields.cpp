#include "record/fields.hpp"

#include <algorithm>

namespace parley::record {
namespace {

constexpr FieldLimits limits;

std::unexpected<Error> wrong(std::string_view key, std::string what) {
  return fail(ErrorKind::bad_input, std::move(what), encoding::json_pointer("", key));
}

bool is_plain_text(std::string_view text) {
  // Line breaks and tabs are allowed: leak statements and checkpoints have lines.
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f;
  });
}

}  // namespace

Result<Bytes> hex_member(const Json& object, std::string_view key, std::size_t bytes) {
  PARLEY_TRY(const std::string text, object.string_member(key));
  if (text.size() != 2 * bytes || !std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
      }))
    return wrong(key, "expected " + std::to_string(2 * bytes) + " lower-case hexadecimal digits");
  return from_hex(text);
}

Result<crypto::Hash256> hash_member(const Json& object, std::string_view key) {
  PARLEY_TRY(const Bytes bytes, hex_member(object, key, 32));
  return to_array<32>(bytes);
}

Result<crypto::PublicKey> key_member(const Json& object, std::string_view key) {
  PARLEY_TRY(const Bytes bytes, hex_member(object, key, 32));
  return crypto::parse_public_key(bytes);
}

Result<Timestamp> time_member(const Json& object, std::string_view key) {
  PARLEY_TRY(const std::string text, object.string_member(key));
  auto time = parse_time(text);
  if (!time) return wrong(key, time.error().message);
  return *time;
}

Result<std::string> text_member(const Json& object, std::string_view key) {
  PARLEY_TRY(std::string text, object.string_member(key));
  if (text.size() > limits.max_text)
    return wrong(key, "text longer than " + std::to_string(limits.max_text) + " bytes");
  if (!is_plain_text(text)) return wrong(key, "text with control characters");
  return text;
}

Result<std::vector<std::string>> texts_member(const Json& object, std::string_view key) {
  PARLEY_TRY(std::vector<std::string> texts, object.strings_member(key));
  if (texts.size() > limits.max_elements)
    return wrong(key, "more than " + std::to_string(limits.max_elements) + " elements");
  for (const std::string& text : texts)
    if (text.size() > limits.max_text || !is_plain_text(text))
      return wrong(key, "an element is too long or has control characters");
  return texts;
}

Result<std::vector<std::string>> sorted_member(const Json& object, std::string_view key) {
  PARLEY_TRY(std::vector<std::string> texts, texts_member(object, key));
  if (std::adjacent_find(texts.begin(), texts.end(), std::greater_equal<>()) != texts.end())
    return wrong(key, "elements must be sorted and each stand once");
  return texts;
}

Result<std::string> choice_member(const Json& object, std::string_view key,
                                  std::initializer_list<std::string_view> allowed) {
  PARLEY_TRY(std::string text, object.string_member(key));
  if (std::find(allowed.begin(), allowed.end(), text) == allowed.end()) {
    std::string list;
    for (const std::string_view choice : allowed) list += (list.empty() ? "" : ", ") + std::string(choice);
    return wrong(key, "expected one of " + list);
  }
  return text;
}

Result<std::vector<std::string>> sealed_member(const Json& object) {
  if (object.find("_sd") == nullptr) return std::vector<std::string>{};
  return texts_member(object, "_sd");
}

Result<Head> head_members(const Json& payload, std::string_view schema) {
  PARLEY_TRY(const std::string found, payload.string_member("schema"));
  if (found != schema) return wrong("schema", "expected " + std::string(schema));
  Head head;
  PARLEY_TRY(head.id, text_member(payload, "id"));
  PARLEY_TRY(head.node, text_member(payload, "node"));
  PARLEY_TRY(head.created, time_member(payload, "created"));
  return head;
}

Json start_payload(std::string_view schema, const Head& head) {
  return Json::object(
      {{"schema", schema}, {"id", head.id}, {"node", head.node}, {"created", format_time(head.created)}});
}

Json texts_json(const std::vector<std::string>& texts) {
  Json::Array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return Json(std::move(array));
}

std::string hex(const crypto::Hash256& hash) {
  return to_hex(hash);
}
std::string hex(const crypto::PublicKey& key) {
  return to_hex(key.value());
}

}  // namespace parley::record
