#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace parley::pattern {

/// A moment of UTC to the nanosecond, for all years from 0000 to 9999 (which 64 bits of nanoseconds cannot
/// hold). Also a span of time, added to one.
struct Moment {
  std::int64_t seconds = 0;  ///< since 1970
  std::uint32_t nanoseconds = 0;

  auto operator<=>(const Moment&) const = default;
};

inline constexpr Moment first_moment{.seconds = -1'000'000'000'000, .nanoseconds = 0};
inline constexpr Moment last_moment{.seconds = 1'000'000'000'000, .nanoseconds = 0};

Moment operator+(Moment moment, Moment span);
/// The latest moment before this one.
Moment just_before(Moment moment);

/// A STIX timestamp (RFC 3339 with T and Z in capitals); what stands behind nine digits of a fraction is cut
/// off. Days that a month does not have and the leap second count on into what follows.
std::optional<Moment> parse_moment(std::string_view text);
/// Whether the month of a timestamp (that `parse_moment` takes) has that day.
bool is_day_of_calendar(std::string_view timestamp);

/// A number of seconds as patterns write it, digits with perhaps a fraction; at most some 10,000 years.
Moment parse_seconds(std::string_view number);

}  // namespace parley::pattern
