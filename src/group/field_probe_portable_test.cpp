#include "group/field_portable.hpp"
#include "group/field_probe_fixture.hpp"

namespace parley::group {

FieldProbe field_probe_portable() {
  return FieldProbeOf<FieldPortable>::probe();
}

}  // namespace parley::group
