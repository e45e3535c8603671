#include <algorithm>
#include <map>
#include <set>

#include "base/ascii.hpp"
#include "misp/stix_object.hpp"
#include "misp/stix_path.hpp"
#include "misp/stix_template.hpp"

namespace parley::misp {
namespace {

std::string_view uuid_in(std::string_view id) {
  const std::size_t cut = id.find("--");
  return cut == std::string_view::npos ? std::string_view() : id.substr(cut + 2);
}

std::string_view first_word(std::string_view text) {
  return text.substr(0, text.find(' '));
}

/// Properties of ours that are no attributes.
bool is_reserved(std::string_view name) {
  constexpr std::string_view reserved[] = {"x_misp_attributes",    "x_misp_name",
                                           "x_misp_meta_category", "x_misp_comment",
                                           "x_misp_template_uuid", "x_misp_template_version",
                                           "x_misp_description",   "x_misp_original_names"};
  return std::ranges::find(reserved, name) != std::end(reserved);
}

class BackReader {
 public:
  BackReader(const Template& form, const Value& stix, const std::vector<const Value*>& parts,
             std::string_view pattern)
      : form_(form), stix_(stix), parts_(parts), pattern_(pattern) {
    for (const Value* one : parts) by_id_.emplace(one->text("id"), one);
  }

  Value::Array read() {
    const bool observable = form_.form == TemplateForm::observable || form_.form == TemplateForm::domain;
    main_ = observable ? main_part() : &stix_;
    if (main_ == nullptr) return {};
    if (form_.form == TemplateForm::domain) {
      for (const Value* part : parts_) {
        const std::string_view type = part->text("type");
        if (type == "domain-name")
          add({"domain", "", FieldKind::text, true, "domain"}, part->text("value"), part);
        if (type == "ipv4-addr" || type == "ipv6-addr")
          add({"ip", "", FieldKind::text, true, "ip-dst"}, part->text("value"), part);
      }
    } else {
      for (const Field& field : form_.fields) read(field);
    }
    for (const Value* part : parts_)
      if (part == main_ || form_.form == TemplateForm::domain) read_custom(*part);
    if (!observable) read_custom(stix_);
    return std::move(out_);
  }

 private:
  const Value* main_part() const {
    const Value* found = nullptr;
    for (const Value* part : parts_) {
      if (part->text("type") != form_.type) continue;
      if (uuid_in(part->text("id")) == uuid_in(stix_.text("id"))) return part;
      if (found == nullptr) found = part;
    }
    return found;
  }
  const Value* part(std::string_view id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
  }

  /// `from` is the observable that the attribute alone stands for, if there is one.
  void add(const Field& field, std::string_view value, const Value* from = nullptr,
           std::string_view data = {}) {
    if (value.empty()) return;
    Value one = Value::object();
    if (from != nullptr && uuid_in(from->text("id")) != uuid_in(stix_.text("id")))
      one.set("uuid", uuid_in(from->text("id")));
    one.set("object_relation", field.relation);
    one.set("type", field.type);
    one.set("value", value);
    one.set("to_ids", form_.form == TemplateForm::rule
                          ? field.path == "pattern"
                          : pattern_.find(" = " + quoted_in_pattern(value)) != std::string_view::npos);
    if (!data.empty()) one.set("data", data);
    out_.push_back(std::move(one));
  }
  void add_scalar(const Field& field, const Value* value) {
    if (value == nullptr) return;
    if (const bool* const flag = value->if_bool()) return add(field, *flag ? "1" : "0");
    add(field, value->as_text().value_or(std::string_view()));
  }
  void add_each(const Field& field, const Value* list) {
    if (list == nullptr || list->if_array() == nullptr) return add_scalar(field, list);
    for (const Value& one : *list->if_array()) add_scalar(field, &one);
  }

  void read(const Field& field) {
    switch (field.kind) {
      case FieldKind::text:
      case FieldKind::integer:
      case FieldKind::number:
      case FieldKind::boolean:
      case FieldKind::time:
        if (used_.insert(field.path).second) add_scalar(field, value_at(*main_, field.path));
        return;
      case FieldKind::protocol_of:
        return add_scalar(field, value_at(*main_, field.path));
      case FieldKind::list:
        return add_each(field, value_at(*main_, field.path));
      case FieldKind::autonomous:
        if (const Value* const address = part(main_->text(field.path)))
          for (const Value& id : address->elements("belongs_to_refs"))
            if (const Value* const system = part(id.as_text().value_or(std::string_view())))
              return add(field, system->text("number"), system);
        return;
      case FieldKind::target_host:
        for (const Value* const one : parts_)
          if (one->text("type") == "domain-name") return add(field, one->text("value"), one);
        return;
      case FieldKind::picture:
        if (const Value* const raw = part(main_->text(field.path))) {
          if (field.relation == "url") return add(field, raw->text("x_misp_url"));
          add(field, raw->text("x_misp_filename"), raw, raw->text("payload_bin"));
        }
        return;
      case FieldKind::payload:  // what the bytes were called is not said
        return add(field, "payload", nullptr, main_->text(field.path));
      case FieldKind::hash:
        if (const Value* const hashes = main_->find("hashes")) add(field, hashes->text(field.path));
        return;
      case FieldKind::address:
      case FieldKind::host:
      case FieldKind::directory:
      case FieldKind::image:
      case FieldKind::mail_from:
        return read_reference(field, main_->text(field.path));
      case FieldKind::mail_list:
      case FieldKind::child:
        for (const Value& one : main_->elements(field.path))
          read_reference(field, one.as_text().value_or(std::string_view()));
        return;
      case FieldKind::protocol:
      case FieldKind::protocol_custom:
        return read_protocol(field);
      case FieldKind::parent: {
        const Value* const parent = part(main_->text("parent_ref"));
        if (parent == nullptr) return;
        if (field.path != "image") return add_scalar(field, parent->find(field.path));
        if (const Value* const file = part(parent->text("image_ref"))) add(field, file->text("name"), file);
        return;
      }
      case FieldKind::alternative:
        if (const Value* const extensions = main_->find("x509_v3_extensions"))
          read_names(field, extensions->text("subject_alternative_name"));
        return;
      case FieldKind::mail_header:
        if (const Value* const fields = main_->find("additional_header_fields"))
          add(field, fields->text(first_word(field.path)));
        return;
      case FieldKind::mail_part:
        for (const Value& one : main_->elements(field.path))
          if (first_word(one.text("content_disposition")) == std::string(field.relation) + ";")
            if (const Value* const raw = part(one.text("body_raw_ref")))
              add(field, raw->text(raw->text("type") == "file" ? "name" : "x_misp_filename"), raw,
                  raw->text("payload_bin"));
        return;
      case FieldKind::sample:
        if (const Value* const raw = part(main_->text(field.path))) {
          const Value* const hashes = raw->find("hashes");
          if (hashes != nullptr && !hashes->text("MD5").empty())
            add(field, std::string(raw->text("x_misp_filename")) + "|" + std::string(hashes->text("MD5")),
                raw, raw->text("payload_bin"));
        }
        return;
      case FieldKind::cve:
        read_references(field, "external_id",
                        [](std::string_view source) { return source == "cve" || source == "vulnerability"; });
        if (std::ranges::none_of(
                out_, [&](const Value& one) { return one.text("object_relation") == field.relation; }))
          add(field, main_->text(field.path));
        return;
      case FieldKind::capec:
        return read_references(field, "external_id",
                               [](std::string_view source) { return source == "capec"; });
      case FieldKind::reference:
        return read_references(field, "url", [](std::string_view) { return true; });
      case FieldKind::contact:
        return read_contact(field);
      case FieldKind::attachment:
      case FieldKind::resolves_to:
      case FieldKind::name_part:
      case FieldKind::host_in_pattern:
      case FieldKind::in_pattern:
        return;
    }
  }

  void read_reference(const Field& field, std::string_view id) {
    const Value* const target = part(id);
    if (target == nullptr || !used_.insert(target->text("id")).second) return;
    const std::string_view type = target->text("type");
    const bool fits = field.kind == FieldKind::address     ? type == "ipv4-addr" || type == "ipv6-addr"
                      : field.kind == FieldKind::host      ? type == "domain-name"
                      : field.kind == FieldKind::directory ? type == "directory"
                      : field.kind == FieldKind::image     ? type == "file"
                      : field.kind == FieldKind::child     ? type == "process"
                                                           : type == "email-addr";
    if (!fits) {
      used_.erase(target->text("id"));
      return;
    }
    add(field,
        target->text(type == "directory" ? "path"
                     : type == "file"    ? "name"
                     : type == "process" ? "pid"
                                         : "value"),
        target);
    if (!target->text("display_name").empty()) {
      display_names_.push_back(std::string(field.relation) + "-display-name");
      add({display_names_.back(), "", FieldKind::text, true, field.type}, target->text("display_name"));
    }
  }

  /// By the layer that a protocol is of; `tcp` alone may stand for none.
  void read_protocol(const Field& field) {
    const Value::Array& all = main_->elements("protocols");
    if (all.size() == 1 && all.front().as_text() == "tcp") return;
    for (const Value& one : all) {
      const std::string_view name = one.as_text().value_or(std::string_view());
      if (name == "ipv4" || name == "ipv6") continue;
      if (field.relation.starts_with("layer") && field.relation != layer_of(name)) continue;
      if (used_.insert(name).second) return add(field, name);
    }
  }
  static std::string_view layer_of(std::string_view protocol) {
    constexpr std::string_view network[] = {"ip", "icmp", "icmp6", "igmp", "arp"};
    constexpr std::string_view transport[] = {"tcp", "udp", "sctp", "dccp", "quic"};
    if (std::ranges::find(network, protocol) != std::end(network)) return "layer3-protocol";
    if (std::ranges::find(transport, protocol) != std::end(transport)) return "layer4-protocol";
    return "layer7-protocol";
  }

  void read_names(const Field& field, std::string_view text) {
    while (!text.empty()) {
      const std::size_t comma = std::min(text.size(), text.find(','));
      const std::string_view one = text.substr(0, comma);
      if (one.starts_with(field.path) && one.substr(field.path.size()).starts_with(':'))
        add(field, one.substr(field.path.size() + 1));
      text = comma < text.size() ? text.substr(comma + 1) : std::string_view();
    }
  }

  template <class Fits>
  void read_references(const Field& field, std::string_view member, Fits fits) {
    for (const Value& one : main_->elements("external_references"))
      if (fits(one.text("source_name"))) add(field, one.text(member));
  }

  /// "e-mail: a; b / phone-number: c"
  void read_contact(const Field& field) {
    std::string_view text = main_->text("contact_information");
    while (!text.empty()) {
      const std::size_t end = std::min(text.size(), text.find(" / "));
      std::string_view one = text.substr(0, end);
      text = end < text.size() ? text.substr(end + 3) : std::string_view();
      if (!one.starts_with(field.relation) || !one.substr(field.relation.size()).starts_with(": ")) continue;
      one.remove_prefix(field.relation.size() + 2);
      while (!one.empty()) {
        const std::size_t cut = std::min(one.size(), one.find("; "));
        add(field, one.substr(0, cut));
        one = cut < one.size() ? one.substr(cut + 2) : std::string_view();
      }
    }
  }

  void read_custom(const Value& from) {
    if (from.if_object() == nullptr) return;
    for (const Value::Member& member : *from.if_object()) {
      if (!member.name.starts_with("x_misp_") || is_reserved(member.name)) continue;
      const auto known = std::ranges::find_if(
          form_.fields, [&](const Field& field) { return custom_property(field.relation) == member.name; });
      std::string relation = member.name.substr(7);
      std::ranges::replace(relation, '_', '-');
      const Field field =
          known != form_.fields.end() ? *known : Field{relation, "", FieldKind::text, true, "text"};
      const auto take = [&](const Value& one) {
        if (one.is_object())
          add(field, one.text("value"), nullptr, one.text("data"));
        else
          add_scalar(field, &one);
      };
      if (const Value::Array* const list = member.value.if_array())
        std::ranges::for_each(*list, take);
      else
        take(member.value);
    }
  }

  const Template& form_;
  const Value& stix_;
  const std::vector<const Value*>& parts_;
  std::string_view pattern_;
  std::map<std::string_view, const Value*> by_id_;
  const Value* main_ = nullptr;
  Value::Array out_;
  std::set<std::string_view> used_;
  std::vector<std::string> display_names_;
};

}  // namespace

Value::Array misp_object_attributes(std::string_view name, const Value& stix,
                                    const std::vector<const Value*>& parts, std::string_view pattern) {
  const Template* const form = find_template(name, stix.text("type"));
  if (form == nullptr) return {};
  return BackReader(*form, stix, parts, pattern).read();
}

}  // namespace parley::misp
