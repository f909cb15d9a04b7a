select standardized.*
from {{ ref('standardized_company') }} as standardized
anti join {{ source('gates', 'quarantine') }} as quarantine using (record_id)
