select standardized.*
from {{ ref('standardized_contact') }} as standardized
anti join {{ source('gates', 'quarantine') }} as quarantine using (record_id)
