#pragma once

#include <string>
#include <vector>

#include "misp/event.hpp"

namespace parley::misp {

/// The entry of an event in a feed's `manifest.json`, without its UUID, which is the member's name there:
/// info, Orgc, Tag, date, timestamp, analysis, threat_level_id. Local tags are left out.
Value manifest_entry(const Event& event);

/// The MD5 of each value of an attribute in lower-case hexadecimal, one for each part of a composite value.
std::vector<std::string> value_hashes(const AttributeView& attribute);

/// The lines of an event in a feed's `hashes.csv`, `md5,uuid\n` for each part of each attribute that is not
/// deleted, in the order of the event.
void append_hashes(std::string& out, const Event& event);

/// `event` as a feed shows it: without local numbers of this instance, without local tags, without
/// `RelatedEvent` and proposals (ShadowAttribute), which are matters of the instance.
Event feed_form(Event event);

}  // namespace parley::misp
