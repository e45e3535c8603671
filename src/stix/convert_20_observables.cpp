#include "stix/convert_20_observables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "intel/sco_id.hpp"

namespace parley::stix {
namespace {

using encoding::Json;

/// Random-looking ids of observables without contributing properties must come out the same each time.
const ByteArray<16> converted_namespace{0x7b, 0x0c, 0x5e, 0x1d, 0x46, 0x21, 0x4f, 0x0a,
                                        0x9d, 0x33, 0x52, 0x6e, 0x11, 0x88, 0xc4, 0x07};

struct Renamed {
  std::string_view type, from, to;
};
/// Properties whose names changed from STIX 2.0 to 2.1.
constexpr std::array<Renamed, 10> renamed{
    {{"file", "created", "ctime"},
     {"file", "modified", "mtime"},
     {"file", "accessed", "atime"},
     {"directory", "created", "ctime"},
     {"directory", "modified", "mtime"},
     {"directory", "accessed", "atime"},
     {"process", "created", "created_time"},
     {"process", "binary_ref", "image_ref"},
     {"user-account", "password_last_changed", "credential_last_changed"},
     {"windows-registry-key", "modified", "modified_time"}}};
/// Properties that STIX 2.1 does not have; they stay under a custom name.
struct Dropped {
  std::string_view type, name;
};
constexpr std::array<Dropped, 5> dropped{{{"file", "is_encrypted"},
                                          {"file", "encryption_algorithm"},
                                          {"file", "decryption_key"},
                                          {"process", "name"},
                                          {"process", "arguments"}}};

std::string type_of(const Json& object) {
  const Json* type = object.find("type");
  return type != nullptr && type->if_string() != nullptr ? *type->if_string() : std::string();
}

class Taking {
 public:
  Taking(Json::Object& objects, Converted& out) : objects_(objects), out_(out) {}

  void take() {
    for (auto& [key, object] : objects_) {
      if (type_of(object).empty()) {
        out_.notes.push_back("the observable " + key + " has no type and is left out");
        continue;
      }
      rename(object);
      ids_[key] = "";
    }
    for (auto& [key, object] : objects_)
      if (ids_.contains(key)) static_cast<void>(id_of(key));
    for (auto& [key, object] : objects_) {
      if (!ids_.contains(key)) continue;
      Json made = Json::object({{"type", type_of(object)}, {"spec_version", "2.1"}, {"id", ids_[key]}});
      resolve(object);
      for (auto& [name, value] : *object.if_object())
        if (name != "type" && name != "id" && name != "spec_version") made.set(name, std::move(value));
      out_.objects.push_back(encoding::write_json(made));
      refs_.emplace_back(ids_[key]);
    }
  }

  Json::Array refs() && { return std::move(refs_); }

 private:
  void rename(Json& object) {
    const std::string type = type_of(object);
    if (type == "process") keep_command(object);
    for (auto& [name, value] : *object.if_object()) {
      for (const Renamed& one : renamed)
        if (one.type == type && one.from == name && !object.contains(one.to)) {
          name = std::string(one.to);
          break;
        }
      for (const Dropped& one : dropped)
        if (one.type == type && one.name == name) {
          out_.notes.push_back(
              fmt::format("{} has no {} in STIX 2.1; it is kept as x_stix20_{}", type, name, name));
          name.insert(0, "x_stix20_");
          break;
        }
    }
  }

  /// STIX 2.0 names a program and its arguments; STIX 2.1 has the whole line.
  static void keep_command(Json& object) {
    const Json* name = object.find("name");
    if (object.contains("command_line") || name == nullptr || !name->is_string()) return;
    std::string line = *name->if_string();
    if (const Json* arguments = object.find("arguments"); arguments != nullptr && arguments->is_array())
      for (const Json& argument : *arguments->if_array())
        if (argument.is_string()) line += " " + *argument.if_string();
    object.set("command_line", line);
  }

  /// Ids are made from contributing properties, references among them: those objects come first. A circle of
  /// references (which no id could be made from) is cut.
  const std::string& id_of(const std::string& key) {
    std::string& id = ids_[key];
    if (!id.empty()) return id;
    const auto member = std::ranges::find(objects_, key, &Json::Member::first);
    if (member == objects_.end() || !member->second.is_object() || depth_ > max_chain) return id;
    Json known = member->second;
    ++depth_;
    id = " ";  // being made
    resolve(known);
    --depth_;
    if (const std::optional<std::string> made = intel::sco_id(known)) {
      id = *made;
      return id;
    }
    std::string seed = encoding::write_json(member->second) + key;
    std::string uuid = intel::make_uuid5(converted_namespace, seed);
    uuid[14] = '4';  // no contributing property is there: STIX 2.1 wants the form of a random UUID
    id = type_of(member->second) + "--" + uuid;
    return id;
  }

  /// References by key become ids, at any depth.
  void resolve(Json& value) {
    if (Json::Array* list = value.if_array()) {
      for (Json& element : *list) resolve(element);
      return;
    }
    Json::Object* members = value.if_object();
    if (members == nullptr) return;
    for (auto& [name, inner] : *members) {
      if (name.ends_with("_ref"))
        replace(inner);
      else if (name.ends_with("_refs") && inner.is_array())
        for (Json& element : *inner.if_array()) replace(element);
      else
        resolve(inner);
    }
  }
  void replace(Json& reference) {
    const std::string* key = reference.if_string();
    if (key == nullptr || !ids_.contains(*key)) return;
    const std::string& id = id_of(*key);
    if (id.size() > 1) reference = Json(id);
  }

  static constexpr int max_chain = 64;

  Json::Object& objects_;
  Converted& out_;
  std::map<std::string, std::string, std::less<>> ids_;
  Json::Array refs_;
  int depth_ = 0;
};

}  // namespace

Result<void> take_observables(Json& observed_data, Converted& out) {
  Json* objects = observed_data.find("objects");
  if (objects == nullptr || !objects->is_object()) return {};
  Taking taking(*objects->if_object(), out);
  taking.take();
  Json::Array refs = std::move(taking).refs();
  if (refs.empty()) return {};
  observed_data.erase("objects");
  observed_data.set("object_refs", Json(std::move(refs)));
  return {};
}

}  // namespace parley::stix
