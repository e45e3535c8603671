#include "stix/versions.hpp"

#include <string>

#include "stix/text_form.hpp"

namespace parley::stix {
namespace {

/// -1, 0, 1 in the order of time; texts that are no times compare as texts.
int compare_times(std::string_view a, std::string_view b) {
  const StixTime x = read_stix_time(a);
  const StixTime y = read_stix_time(b);
  if (x.fault == StixTime::Fault::none && y.fault == StixTime::Fault::none) return compare(x, y);
  const int order = a.compare(b);
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

}  // namespace

VersionOrder compare_versions(const ObjectVersion& a, const ObjectVersion& b) {
  if (a.id != b.id) return VersionOrder::other;
  const int order = compare_times(a.modified, b.modified);
  if (order != 0) return order < 0 ? VersionOrder::older : VersionOrder::newer;
  return a.content == b.content ? VersionOrder::same : VersionOrder::conflict;
}

Result<void> check_next_version(const ObjectVersion& current, const ObjectVersion& next) {
  if (current.id != next.id)
    return fail(ErrorKind::bad_input, "another id is another object, not a version", "/id");
  if (current.revoked)
    return fail(ErrorKind::bad_input, "the object is revoked, which is final; make a new object", "/revoked");
  if (current.created_by != next.created_by)
    return fail(ErrorKind::bad_input, "only the creator of an object may make a version of it",
                "/created_by_ref");
  if (compare_times(current.created, next.created) != 0)
    return fail(ErrorKind::bad_input, "created must stay the same from version to version", "/created");
  switch (compare_versions(next, current)) {
    case VersionOrder::newer:
    case VersionOrder::same:
      return {};
    case VersionOrder::conflict:
      return fail(ErrorKind::bad_input,
                  "the same modified stands on other content; a change needs a later modified", "/modified");
    default:
      return fail(ErrorKind::bad_input, "modified must be later than that of the version before",
                  "/modified");
  }
}

}  // namespace parley::stix
