#include "taxii/resources.hpp"

#include "encoding/json.hpp"
#include "taxii/timestamp.hpp"

namespace parley::taxii {

namespace {

using encoding::Json;

void set_text(Json& json, std::string_view key, const std::string& text) {
  if (!text.empty()) json.set(key, text);
}

Json texts(const std::vector<std::string>& list) {
  Json out = Json::array();
  for (const std::string& one : list) out.push_back(one);
  return out;
}

Json collection_json(const Collection& collection) {
  Json out = Json::object({{"id", collection.id}, {"title", collection.title}});
  set_text(out, "description", collection.description);
  set_text(out, "alias", collection.alias);
  out.set("can_read", collection.can_read);
  out.set("can_write", collection.can_write);
  if (!collection.media_types.empty()) out.set("media_types", texts(collection.media_types));
  return out;
}

Json details_json(const std::vector<Status::Detail>& details) {
  Json out = Json::array();
  for (const Status::Detail& detail : details) {
    Json one = Json::object({{"id", detail.id}});
    set_text(one, "version", detail.version);
    set_text(one, "message", detail.message);
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace

std::string to_json(const Discovery& discovery) {
  Json out = Json::object({{"title", discovery.title}});
  set_text(out, "description", discovery.description);
  set_text(out, "contact", discovery.contact);
  set_text(out, "default", discovery.default_root);
  if (!discovery.api_roots.empty()) out.set("api_roots", texts(discovery.api_roots));
  return encoding::write_json(out);
}

std::string to_json(const ApiRoot& root) {
  Json out = Json::object({{"title", root.title}});
  set_text(out, "description", root.description);
  out.set("versions", Json::array({Json(media_type)}));
  out.set("max_content_length", root.max_content_length);
  return encoding::write_json(out);
}

std::string to_json(const Collection& collection) {
  return encoding::write_json(collection_json(collection));
}

std::string to_json(const std::vector<Collection>& collections) {
  if (collections.empty()) return "{}";
  Json list = Json::array();
  for (const Collection& one : collections) list.push_back(collection_json(one));
  return encoding::write_json(Json::object({{"collections", std::move(list)}}));
}

std::string to_json(const ErrorMessage& error) {
  Json out = Json::object({{"title", error.title}});
  set_text(out, "description", error.description);
  out.set("http_status", std::to_string(error.status));
  return encoding::write_json(out);
}

std::string to_json(const Status& status) {
  const std::size_t total = status.successes.size() + status.failures.size() + status.pendings.size();
  Json out = Json::object({{"id", status.id},
                           {"status", status.complete ? "complete" : "pending"},
                           {"request_timestamp", format_timestamp(status.requested)},
                           {"total_count", total},
                           {"success_count", status.successes.size()}});
  if (!status.successes.empty()) out.set("successes", details_json(status.successes));
  out.set("failure_count", status.failures.size());
  if (!status.failures.empty()) out.set("failures", details_json(status.failures));
  out.set("pending_count", status.pendings.size());
  if (!status.pendings.empty()) out.set("pendings", details_json(status.pendings));
  return encoding::write_json(out);
}

void append_json_string(std::string& out, std::string_view text) {
  out += encoding::write_json(Json(text));
}

void append_manifest_record(std::string& out, const ManifestRecord& record) {
  out += R"({"id":)";
  append_json_string(out, record.id);
  out += R"(,"date_added":")" + format_timestamp(record.added) + R"(","version":")" +
         format_timestamp(record.version) + R"(","media_type":")";
  out += record.stix20 ? stix20_media_type : stix_media_type;
  out += R"("})";
}

std::string list_resource(std::string_view name, std::span<const std::string_view> elements, bool more,
                          std::string_view next) {
  if (elements.empty() && !more) return "{}";
  std::size_t size = 2 * next.size() + name.size() + 64;
  for (const std::string_view element : elements) size += element.size() + 1;
  std::string out;
  out.reserve(size);
  out += more ? R"({"more":true)" : R"({"more":false)";
  if (!next.empty()) {
    out += R"(,"next":)";
    append_json_string(out, next);
  }
  if (!elements.empty()) {
    out += ",\"";
    out += name;
    out += "\":[";
    out += elements.front();
    for (const std::string_view element : elements.subspan(1)) {
      out += ',';
      out += element;
    }
    out += ']';
  }
  out += '}';
  return out;
}

}  // namespace parley::taxii
